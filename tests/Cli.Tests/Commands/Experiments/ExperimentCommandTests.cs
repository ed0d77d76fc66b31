using System.Text.Json;
using System.Xml.Linq;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Experiments;
using EdgeFlora.Experiments;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Cli.Tests.Commands.Experiments;

/// <summary>The embedded model and texts, cut to what takes seconds.</summary>
public sealed class ExperimentCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-experiment-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_experiment_leaves_a_report_and_tables_and_goes_on_from_them()
    {
        string file = Write(
            """
            name: tiny <&>
            rounds: 1
            seeds: [1, 2]
            methods: [FedIT, OptimalRank+fedexp, FedSaLora]
            data: {mostTraining: 40, mostTest: 20}
            axes: {agents: 2, alpha: [0.3, 3]}
            training: {steps: 1}
            """);
        string results = Path.Combine(folder.FullName, "results");

        (int code, string output, string error) = await CommandRunner.RunAsync("experiment", file, "--out", results);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("| OptimalRank+fedexp | ", output, StringComparison.Ordinal);
        Assert.Contains("base model", output, StringComparison.Ordinal);
        XElement page = XElement.Parse(File.ReadAllText(Path.Combine(results, "report.html"))["<!DOCTYPE html>\n".Length..]);
        Assert.Equal("tiny <&>", page.Descendants("h1").Single().Value);
        Assert.Contains(page.Descendants("h2"), heading => heading.Value == "Accuracy over Dirichlet α");
        Assert.Contains(page.Descendants("polygon"), shape => shape.Attribute("class")!.Value.StartsWith("haze", StringComparison.Ordinal));
        // Two regimes, three methods, two seeds, one round each, and the headings.
        Assert.Equal(13, File.ReadAllLines(Path.Combine(results, "rounds.csv")).Length);
        Assert.All(
            new[] { "summary.md", "summary.tex", "summary.csv" },
            name => Assert.Contains("FedSaLora", File.ReadAllText(Path.Combine(results, name)), StringComparison.Ordinal));
        JsonElement figures = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(results, "figures.json"))).RootElement;
        Assert.Equal(12, figures.GetProperty("cells").GetArrayLength());

        string[] known = File.ReadAllLines(Path.Combine(results, "results.jsonl"));
        (code, string again, _) = await CommandRunner.RunAsync("experiment", file, "--out", results, "--threads", "1");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(output[output.IndexOf("**", StringComparison.Ordinal)..], again[again.IndexOf("**", StringComparison.Ordinal)..]);
        Assert.Equal(known, File.ReadAllLines(Path.Combine(results, "results.jsonl")));
    }

    [Fact]
    public async Task Mistakes_of_the_file_are_told_with_their_places()
    {
        string file = Write("rounds: none\nmethods: [FedID]\n");

        (int code, _, string error) = await CommandRunner.RunAsync("experiment", file);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"{file}:1:9: rounds is none; it must be a whole number", error, StringComparison.Ordinal);
        Assert.Contains($"{file}:2:10: methods at line 2 is 'FedID'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seeds", "1,1", "--seeds is '1,1'; give whole numbers from 0, all different, separated by commas")]
    [InlineData("--seeds", "-1", "--seeds is '-1'; give whole numbers from 0")]
    public async Task Options_that_cannot_be_are_told(string option, string value, string expected)
    {
        (int code, _, string error) = await CommandRunner.RunAsync("experiment", Write("methods: FedIT"), $"{option}={value}");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_agents_than_texts_are_refused()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("experiment", Write("methods: FedIT\ndata: {mostTraining: 5}\naxes: {agents: 6}"));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("axes.agents is 6, but .NET documentation", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_says_what_is_left_and_not_too_often()
    {
        var clock = new FakeTimeProvider();
        var output = new StringWriter();
        using var line = new ProgressLine(output, isTerminal: false, clock);

        line.Report(new ExperimentProgress(0, 100, 0, "first"));
        clock.Advance(TimeSpan.FromSeconds(10));
        line.Report(new ExperimentProgress(10, 100, 10, "first"));
        clock.Advance(TimeSpan.FromSeconds(30));
        line.Report(new ExperimentProgress(40, 100, 40, "first"));
        line.Report(new ExperimentProgress(50, 100, 50, "second"));

        Assert.Equal(
            ["0 %: first", "40 %, about 1 min left: first", "50 %, about 40 s left: second"], output.ToString().TrimEnd().Split(Environment.NewLine));
    }

    private string Write(string text)
    {
        string file = Path.Combine(folder.FullName, "tiny.yaml");
        File.WriteAllText(file, text);
        return file;
    }
}
