using System.Text.Json;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Agent;

public sealed class AgentCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-cli-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Config_shows_what_holds_and_where_it_comes_from()
    {
        string file = Write("agent.yaml", "name: farm-3", "data:", "  - file: data.csv", "limits: {threads: 2}");

        (int code, string output, string error) = await CommandRunner.RunAsync("agent", "config", "--config", file, "--threads", "3");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        string[] lines = [.. output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains($"name farm-3 {file}:1", lines);
        Assert.Contains($"data[0].file data.csv {file}:3", lines);
        Assert.Contains("limits.threads 3 --threads", lines);
        Assert.Contains("engine auto default", lines);
    }

    [Fact]
    public async Task Config_as_JSON_is_for_programs()
    {
        string file = Write("agent.yaml", "name: farm-3", "data:", "  - file: data.csv");

        (_, string output, _) = await CommandRunner.RunAsync("agent", "config", "--config", file, "--json");

        using var shown = JsonDocument.Parse(output);
        JsonElement data = shown.RootElement.EnumerateArray().Single(row => row.GetProperty("name").GetString() == "data[0].file");
        Assert.Equal(("data.csv", "file", file, 3), (
            data.GetProperty("value").GetString(),
            data.GetProperty("origin").GetProperty("kind").GetString(),
            data.GetProperty("origin").GetProperty("name").GetString(),
            data.GetProperty("origin").GetProperty("line").GetInt32()));
    }

    [Theory]
    [InlineData("agent run")]
    [InlineData("agent")]
    [InlineData("agent config")]
    public async Task Every_mistake_is_a_line_of_its_own(string command)
    {
        string file = Write("agent.yaml", "name: Farm 3", "data: [{file: nowhere.csv}]", "engin: torch");

        (int code, string output, string error) = await CommandRunner.RunAsync([.. command.Split(' '), "--config", file]);

        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Equal(
        [
            $"edgeflora {command}: {file}:1: name is 'Farm 3'; it must be 1 … 64 of the characters a-z, 0-9 and -",
            $"edgeflora {command}: {file}:2: data[0].file is 'nowhere.csv', which does not exist; give a JSONL, "
                + $"CSV or TSV file with the columns text and label, or for lm with texts",
            $"edgeflora {command}: {file}:3: engin is no setting; the nearest is engine",
        ],
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("--config /nowhere.yaml", "--config is '/nowhere.yaml', which does not exist; give a YAML file")]
    [InlineData("--name a --data /dev/null --engine command", "--engine is 'command', which needs trainer.command")]
    public async Task Mistakes_on_the_command_line_name_the_option(string options, string said)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(["agent", "run", .. options.Split(' ')]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_without_anything_kept_says_why()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("agent", "export", "--state", root);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(
            "it keeps none: it would with a personal head and strategies that leave factors with the agents", error, StringComparison.Ordinal);
    }

    private string Write(string name, params string[] lines)
    {
        File.WriteAllText(Path.Combine(root, "data.csv"), "text,label\ngood,good\n");
        string file = Path.Combine(root, name);
        File.WriteAllLines(file, lines);
        return file;
    }
}
