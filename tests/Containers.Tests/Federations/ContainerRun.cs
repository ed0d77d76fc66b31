using System.Globalization;
using EdgeFlora.Containers.Tests.Engines;

namespace EdgeFlora.Containers.Tests.Federations;

/// <summary>A run of rounds in containers: the one place that knows how a run is started, what it says and how its end shows.</summary>
internal sealed class ContainerRun(ProgramContainer coordinator)
{
    /// <summary>Where the labels lie in the coordinator's container.</summary>
    public const string LabelFile = "/data/labels.txt";

    private const string OutputFolder = "/state/output";

    public ProgramContainer Coordinator => coordinator;

    /// <summary>The coordinator's command line for a run that waits for every result.</summary>
    public static IEnumerable<string> Patient(int rounds, int agents) =>
        [.. Arguments(rounds, agents), "--lease-grace", "20", "--quorum", "1", "--straggler-grace", "120"];

    /// <summary>
    /// The same for one in which two of three results carry a round, and nobody is waited for who misses two heartbeats, of one second each.
    /// </summary>
    public static IEnumerable<string> Impatient(int rounds, int agents) =>
        [.. Arguments(rounds, agents), "--lease-grace", "5", "--quorum", "0.6", "--straggler-grace", "5"];

    /// <summary>Waits for the run's end.</summary>
    /// <returns>The adapter that came of it, as a safetensors file.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">It failed, or is not complete.</exception>
    public async Task<byte[]> CompleteAsync(int rounds, CancellationToken stop)
    {
        await coordinator.LineAsync($"complete: {rounds} rounds", stop);
        Assert.Equal(0, await coordinator.ExitAsync(stop));
        return await coordinator.Container.ReadFileAsync($"{OutputFolder}/adapter/adapter_model.safetensors", stop);
    }

    /// <summary>Waits until so many results of a round are in the global adapter.</summary>
    public Task<string> CommittedAsync(int round, int accepted, CancellationToken stop) =>
        coordinator.LineAsync(string.Create(CultureInfo.InvariantCulture, $"round {round}: committed: {accepted} of "), stop);

    /// <summary>Waits until a round of three agents is over without one of them.</summary>
    public Task<string> WithoutOneAsync(int round, CancellationToken stop) =>
        coordinator.LineAsync(string.Create(CultureInfo.InvariantCulture, $"round {round}: committed: 2 of 3 accepted, 1 dropped"), stop);

    /// <summary>Waits until a result of an agent counts in a round after the first.</summary>
    public Task<string> ContributesAgainAsync(string agent, CancellationToken stop) =>
        coordinator.LineAsync($"round ([2-9]|[1-9][0-9]+), {agent}: accepted", stop);

    /// <summary>Waits until an agent trains in a round.</summary>
    public static Task<string> TrainingAsync(ProgramContainer agent, int round, CancellationToken stop) =>
        agent.LineAsync(string.Create(CultureInfo.InvariantCulture, $"training for round {round}"), stop);

    private static IEnumerable<string> Arguments(int rounds, int agents) =>
    [
        "--labels", LabelFile,
        "--state", "/state",
        "--out", OutputFolder,
        "--rounds", rounds.ToString(CultureInfo.InvariantCulture),
        "--min-agents", agents.ToString(CultureInfo.InvariantCulture),
        "--steps", "10", "--batch", "4", "--max-tokens", "32", "--checkpoint-every", "2",
        "--start-timeout", "120", "--soft-deadline", "120", "--hard-deadline", "170",
    ];
}
