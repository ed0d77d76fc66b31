using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What is signed of the models of a run in which a change was tried.</summary>
public sealed class RolloutStatementTests : IDisposable
{
    private const int Rounds = 12;
    private const int Held = 6;

    private static readonly string[] Agents = ["a", "b", "c", "d"];

    private readonly TemporaryFolder folder = new();

    /// <summary>Steps that agents were asked for, by round and agent.</summary>
    private readonly ConcurrentDictionary<(int Round, string Agent), int> asked = [];

    /// <summary>Holds agents at their first tasks until the rollout has begun.</summary>
    private readonly TaskCompletionSource begins = new();

    /// <summary>Holds them in a later round until it has ended.</summary>
    private readonly TaskCompletionSource ended = new();

    public void Dispose() => folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What is signed of a model is what made it, whatever the run trains with by the time of the export.</summary>
    [Fact]
    public async Task The_statement_of_a_model_names_the_settings_of_its_round_and_what_was_tried_by_then_and_never_changes()
    {
        await using FleetRig rig = await FleetRig.StartAsync(folder);
        foreach (string agent in Agents)
        {
            await rig.AddAsync((offer, stop) => WorkAsync(offer, agent, stop), _ => 0.5, agent);
        }

        Guid run = await rig.SubmitAsync(
            "tried", Rounds, Agents.Length, spec => spec with { Retention = spec.Retention with { Models = Rounds } });
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.RunId == run);
        var request = new RolloutRequest { Set = ["training.steps=7"], Share = 0.25, Rounds = 2 };
        Rollout begun = (await rig.Runs.RollOutAsync(FleetRig.Command(), run, request, Stop)).Rollouts[0];
        begins.SetResult();
        await rig.Events.SeenAsync(e => e.Kind == RunEventKind.RoundOpened && e.Round == Held);
        string[] early = await Task.WhenAll(Enumerable.Range(1, Held - 1).Select(round => StatementAsync(rig, run, round, "early")));
        await FleetRig.UntilAsync(async () => (await rig.FindAsync(run)).Rollouts[^1].State == RolloutState.Finished);
        ended.SetResult();
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(run)).Status);
        await rig.RestartAsync();

        string[] late = await Task.WhenAll(Enumerable.Range(1, Rounds).Select(round => StatementAsync(rig, run, round, "late")));

        Assert.Equal(early, late[..(Held - 1)]);
        JsonNode Said(int round) => AdapterProvenance.Verify(Path.Combine(folder[$"late {round}"], "adapter")).Predicate;
        Assert.Null(Said(begun.FromRound - 1)["rollouts"]);
        Assert.Equal(
            $$"""[{"set":{"steps":7},"agents":1,"fromRound":{{begun.FromRound}},"state":"underWay"}]""",
            Said(begun.FromRound)["rollouts"]!.ToJsonString());
        JsonNode over = Assert.Single(Said(Rounds)["rollouts"]!.AsArray())!;
        int until = (int)over["untilRound"]!;
        Assert.Equal("finished", (string?)over["state"]);
        Assert.InRange(until, begun.FromRound + 1, Rounds - 1);
        for (int round = 1; round <= Rounds; round++)
        {
            Assert.Equal(round <= until ? 3 : 7, (int)Said(round)["settings"]!["training"]!["steps"]!);
            Assert.All(Agents.Except(begun.Agents), agent => Assert.Equal(round <= until ? 3 : 7, asked[(round, agent)]));
            Assert.Equal(round < begun.FromRound ? 3 : 7, asked[(round, begun.Agents[0])]);
        }
    }

    private Task WorkAsync(TaskOffer offer, string agent, CancellationToken stop)
    {
        if (offer.Kind != TaskKind.Train)
        {
            return Task.CompletedTask;
        }

        asked[(offer.Header.Round, agent)] = offer.Hyper!.Steps;
        return (offer.Header.Round == Held ? ended : begins).Task.WaitAsync(stop);
    }

    private async Task<string> StatementAsync(FleetRig rig, Guid run, int round, string place)
    {
        AdapterExport export = await rig.Runs.ExportAsync(run, round, Stop);
        using var content = new MemoryStream();
        await export.WriteAsync(content, Stop);
        content.Position = 0;
        await ZipFile.ExtractToDirectoryAsync(content, folder[$"{place} {round}"], Stop);
        return await File.ReadAllTextAsync(Path.Combine(folder[$"{place} {round}"], "adapter", "provenance.intoto.json"), Stop);
    }
}
