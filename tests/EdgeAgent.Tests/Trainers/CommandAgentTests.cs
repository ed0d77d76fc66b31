using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>A whole agent whose engine is a program.</summary>
public sealed class CommandAgentTests
{
    private const string Copy = """
        for i in $(seq 20); do echo "{\"step\": $i, \"loss\": 1}"; done >> "$1/progress.jsonl"
        cp -r "$1/adapter" "$1/result"; echo '{"steps": 20}' > "$1/metrics.json"
        """;

    public CommandAgentTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs of these tests are shell scripts.");

    [Fact]
    public async Task Its_result_is_handed_in_and_its_folder_goes()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), Options(bench, Copy));

        var hello = await bench.Coordinator.NextAsync<AgentHello>();
        await bench.Coordinator.OfferAsync(bench.Offer());
        var result = await bench.Coordinator.NextAsync<ResultReady>();
        await bench.Coordinator.AcceptAsync(result);
        await NoRowsAsync(bench);

        Assert.Equal(("command", "sh"), (hello.Engines[0].Engine, hello.Engines[0].Device));
        Assert.Equal((8, 1.0, 0), (result.Examples, result.Metrics.LossAfter!.Value, result.Metrics.HeldOut));
        Assert.Equal(
            bench.Reference.Adapter.Modules["layer.query"].B.Values.ToArray(), bench.Decode(result).Modules["layer.query"].B.Values.ToArray());
    }

    [Fact]
    public async Task Its_crash_is_a_failed_task_with_its_last_words_and_a_clean_folder()
    {
        await using Bench bench = await Bench.StartAsync();
        bench.Agent(new SteppingEngine(), Options(bench, "echo 'out of paper' >&2; exit 4"));

        await bench.Coordinator.OfferAsync(bench.Offer());
        var failed = await bench.Coordinator.NextAsync<TaskFailed>();
        await NoRowsAsync(bench);

        Assert.Equal(
            ("Trainer", true, "The trainer ended with exit code 4; its last words: out of paper."), (failed.Code, failed.Retryable, failed.Detail));
    }

    /// <summary>Waits until the agent has thrown away the folder in which the program found its private data.</summary>
    private static async Task NoRowsAsync(Bench bench) =>
        await Bench.UntilAsync(() => !Directory.EnumerateFiles(bench.State, "train.jsonl", SearchOption.AllDirectories).Any());

    private static AgentOptions Options(Bench bench, string script) =>
        bench.Options with { Engine = AgentOptions.CommandEngine, Trainer = new TrainerOptions { Command = ["/bin/sh", "-c", script, "sh"] } };
}
