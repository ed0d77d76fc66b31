using System.Text.Json.Nodes;
using EdgeFlora.Cli.Tests.Client;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Commands.Runs;

[Collection(ServiceGroup.Name)]
public sealed class RunsCommandTests(ServiceFixture service)
{
    private static readonly string[] As = ["--context", "olga"];

    [Fact]
    public async Task A_spec_is_submitted_with_what_is_set_beside_it()
    {
        string spec = service.Write("s.yaml", "name: areas\nrounds: {count: 3}");
        string labels = service.Write("labels.txt", "spam\nham\n");

        string output = await service.OkAsync(
            ["runs", "submit", spec, "--labels", labels, "--set", "rounds.count=5", "--set", "note=try it", "--json", .. As]);

        JsonNode run = JsonNode.Parse(output)!;
        Assert.Equal("""{"name":"areas","note":"try it","labels":["spam","ham"],"rounds":{"count":5}}""", run["spec"]!.ToJsonString());
        Assert.Equal("Queued", run["summary"]!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_spec_with_mistakes_is_told_line_by_line_before_anything_is_sent()
    {
        string spec = service.Write("wrong.yaml", "labels: [a]\nrounds: {count: 0}\nlora: {rnak: 2}");

        (int code, string output, string error) = await CommandRunner.RunAsync(["runs", "submit", spec, .. As]);

        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            [
                $"edgeflora runs submit: {spec}:1:9: labels is a list of 1; it must be a list of 2 … 10000 names of classes, all different, "
                    + $"of 1 … 200 characters each",
                $"edgeflora runs submit: {spec}:2:17: rounds.count is 0; it must be a whole number, 1 … 10000 rounds",
                $"edgeflora runs submit: {spec}:3:8: 'lora.rnak' is not a setting; did you mean lora.rank?",
            ],
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Rounds_are_merged_again_from_the_newest_on_and_one_that_differs_ends_it_with_2()
    {
        string id = await service.SubmitAsync();
        string same = $"round 2: 3 results merged again, the same bytes came of it: {new string('a', 64)}\n";

        Assert.Equal(
            same + same.Replace("round 2", "round 1", StringComparison.Ordinal), await service.OkAsync(["runs", "verify", id, .. As]));
        service.Api.Runs.Differs = "the result of pump-1 is no longer on the disk";
        (int code, string output, _) = await CommandRunner.RunAsync(["runs", "verify", id, .. As]);
        service.Api.Runs.Differs = null;

        Assert.Equal((2, $"{same}round 1: not verified: the result of pump-1 is no longer on the disk\n"), (code, output));
        Assert.Equal(same, await service.OkAsync(["runs", "verify", id, "--round", "2", .. As]));
    }

    [Fact]
    public async Task A_report_of_a_run_is_written_to_a_file_and_to_nothing_else()
    {
        string id = await service.SubmitAsync("name: reported\nlabels: [a, b]");
        string file = Path.Combine(service.Folder, "reported.html");

        Assert.Equal($"report in {file}\n", await service.OkAsync(["runs", "report", id[..18], "--out", file, .. As]));
        string page = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        (int code, string error) = await CodeAndErrorAsync(["runs", "report", id, "--out", service.Folder, .. As]);

        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<h1>reported</h1>", page, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.Contains($"--out is '{service.Folder}', which is a folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_key_makes_one_run()
    {
        string spec = service.Write("k.yaml", "labels: [a, b]");
        string[] command = ["runs", "submit", spec, "--key", "nightly-1", .. As];

        Assert.Equal(await service.OkAsync(command), await service.OkAsync(command));
    }

    [Fact]
    public async Task A_run_is_listed_shown_paused_resumed_changed_cancelled_and_deleted_by_the_beginning_of_its_id()
    {
        string id = await service.SubmitAsync("name: by-prefix\nlabels: [a, b]");
        string prefix = id[..18];

        Assert.Contains(
            $"{id[..13]}  by-prefix  Queued  0 of 10", await service.OkAsync(["runs", "ls", "--name", "by-prefix", .. As]), StringComparison.Ordinal);
        Assert.Contains(
            $"run          {id}\nname         by-prefix\nstate        Queued: waits for 2 agents\n",
            await service.OkAsync(["runs", "show", prefix, .. As]),
            StringComparison.Ordinal);
        Assert.Equal(
            $"pause {id} (by-prefix): Paused: waits for 2 agents\n", await service.OkAsync(["runs", "pause", prefix, "--reason", "lunch", .. As]));
        Assert.StartsWith($"resume {id} (by-prefix): Queued", await service.OkAsync(["runs", "resume", prefix, .. As]), StringComparison.Ordinal);
        Assert.StartsWith(
            $"changed {id}",
            await service.OkAsync(["runs", "set", prefix, "rounds.count=7", "deadlines.soft=5m", "priority=3", "note=", .. As]),
            StringComparison.Ordinal);
        Assert.Contains("rounds       0 of 7; priority 3", await service.OkAsync(["runs", "show", prefix, .. As]), StringComparison.Ordinal);
        Assert.StartsWith($"cancel {id}", await service.OkAsync(["runs", "cancel", prefix, .. As]), StringComparison.Ordinal);
        Assert.Equal($"deleted {id}\n", await service.OkAsync(["runs", "delete", prefix, .. As]));
        Assert.Equal(
            (2, $"edgeflora runs show: no run's id begins with '{prefix}': edgeflora runs ls lists them\n"),
            await CodeAndErrorAsync(["runs", "show", prefix, .. As]));
    }

    [Fact]
    public async Task What_a_private_run_has_spent_since_a_backup_is_said_as_it_is_resumed()
    {
        string id = await service.SubmitAsync();
        await service.OkAsync(["runs", "pause", id, .. As]);

        await service.OkAsync(["runs", "resume", id, "--spent-rounds", "3", .. As]);

        Assert.Equal(3, service.Api.Runs.SpentRounds);
    }

    [Fact]
    public async Task What_may_not_change_is_refused_with_the_way_out()
    {
        string id = await service.SubmitAsync();

        (int code, string error) = await CodeAndErrorAsync(["runs", "set", id, "lora.rank=4", "rounds.count=0", .. As]);

        Assert.Equal(2, code);
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("lora.rank may not change under way; what may: rounds.count, agents.min", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("A new run can begin from this one's model: runs fork ID --set lora.rank=4", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("rounds.count is 0; it must be a whole number, 1 … 10000 rounds", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_begins_from_a_round_of_its_origin()
    {
        string id = await service.SubmitAsync();

        JsonNode fork = JsonNode.Parse(
            await service.OkAsync(["runs", "fork", id, "--from-round", "2", "--set", "training.steps=9", "--json", .. As]))!;

        Assert.Equal((id, 2), (fork["forkedFrom"]!["runId"]!.GetValue<string>(), fork["forkedFrom"]!["round"]!.GetValue<int>()));
        Assert.Equal(9, fork["spec"]!["training"]!["steps"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_export_writes_adapter_and_ledger()
    {
        string id = await service.SubmitAsync();
        string folder = Path.Combine(service.Folder, "exported");

        await service.OkAsync(["runs", "export", id, "--out", folder, .. As]);

        Assert.Equal(
            "{}", await File.ReadAllTextAsync(Path.Combine(folder, "adapter", "adapter_config.json"), TestContext.Current.CancellationToken));
        Assert.Contains(
            id, await File.ReadAllTextAsync(Path.Combine(folder, "ledger.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_of_a_round_without_a_model_leaves_nothing_behind()
    {
        string id = await service.SubmitAsync();
        string folder = Path.Combine(service.Folder, "nothing");

        Assert.Equal(2, (await CodeAndErrorAsync(["runs", "export", id, "--round", "2", "--out", folder, .. As])).Code);
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData(RunState.Completed, RunEventKind.RunCompleted, 0)]
    [InlineData(RunState.Incomplete, RunEventKind.RunCompleted, 3)]
    [InlineData(RunState.Failed, RunEventKind.RunFailed, 1)]
    public async Task Watching_ends_with_the_run_and_its_code(RunState state, RunEventKind last, int code)
    {
        string id = await service.SubmitAsync("name: watched\nlabels: [a, b]");
        service.Api.Runs.Happen(Guid.Parse(id), RunEventKind.RoundOpened);
        service.Api.Runs.Become(Guid.Parse(id), state, "1 of 3 rounds skipped");
        service.Api.Runs.Happen(Guid.Parse(id), last);

        (int ended, string output, string error) = await CommandRunner.RunAsync(["runs", "watch", id, .. As]);

        Assert.Equal((code, ""), (ended, error));
        Assert.Contains("] round 1: opened\n", output, StringComparison.Ordinal);
        Assert.EndsWith($"{id[..13]} watched: {state}: waits for 2 agents\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watching_in_JSON_gives_a_line_for_each_event()
    {
        string id = await service.SubmitAsync();
        service.Api.Runs.Happen(Guid.Parse(id), RunEventKind.RoundOpened);
        service.Api.Runs.Become(Guid.Parse(id), RunState.Completed);
        service.Api.Runs.Happen(Guid.Parse(id), RunEventKind.RunCompleted);

        string output = await service.OkAsync(["runs", "watch", id, "--json", .. As]);

        Assert.Equal(
            ["RoundOpened", "RunCompleted"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["event"]!["kind"]!.GetValue<string>()));
    }

    private static async Task<(int Code, string Error)> CodeAndErrorAsync(params string[] arguments)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(arguments);
        Assert.Equal("", output);
        return (code, error);
    }
}
