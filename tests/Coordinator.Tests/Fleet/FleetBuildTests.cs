using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Tests.Fleet;

/// <summary>Since which rounds an agent has the build that it has.</summary>
public sealed class FleetBuildTests : FleetRegistryCase
{
    /// <summary>
    /// What an agent did before its present build is not that build's work: the newest rounds of runs under way are noted with its first hello, and
    /// stay noted over a restart of either side.
    /// </summary>
    [Fact]
    public void Since_which_round_an_agent_has_its_build_is_noted_with_the_first_hello_of_it()
    {
        Store.AddRun(new StoredRun("one", "one", "{}", nameof(RunState.Running), Detail: null, Entry: null), command: null);
        Store.AddRun(new StoredRun("over", "over", "{}", nameof(RunState.Completed), Detail: null, Entry: null), command: null);
        Open("over", 9);
        Open("one", 1);
        Open("one", 2);
        Fleet.Take(Hello(boot: 1), user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, Fleet.Find("a")!.BuildSince);

        Open("one", 3);
        Open("one", 4, RoundState.Planned);
        Fleet.Take(Hello(boot: 2), user: null);
        FleetRegistry successor = New();
        successor.Load();
        successor.Take(Hello(boot: 3), user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, successor.Find("a")!.BuildSince);

        successor.Take(Hello(boot: 4) with { Build = "next" }, user: null);
        Assert.Equal(new Dictionary<string, int> { ["one"] = 3 }, successor.Find("a")!.BuildSince);
        FleetAgent agent = successor.Find("a")!;
        Assert.Equal((false, true, true), (agent.HadBuild("one", 3), agent.HadBuild("one", 4), agent.HadBuild("two", 1)));
    }

    /// <summary>An earlier release did not note it: nothing counts until the agent says hello, and then what comes after.</summary>
    [Fact]
    public void An_agent_that_an_earlier_release_stored_has_its_build_since_its_next_hello()
    {
        Store.AddRun(new StoredRun("one", "one", "{}", nameof(RunState.Running), Detail: null, Entry: null), command: null);
        Open("one", 1);
        Fleet.Take(Hello(boot: 1), user: null);
        JsonObject body = JsonNode.Parse(Assert.Single(Store.Fleet()).Body)!.AsObject();
        Assert.True(body.Remove(nameof(FleetAgent.BuildSince)));
        Store.SaveAgent("a", body.ToJsonString(), history: null);
        FleetRegistry successor = New();
        successor.Load();
        Assert.False(successor.Find("a")!.HadBuild("one", 1));

        Open("one", 2);
        successor.Take(Hello(boot: 1), user: null);

        Assert.Equal(new Dictionary<string, int> { ["one"] = 2 }, successor.Find("a")!.BuildSince);
    }

    private void Open(string run, int number, RoundState state = RoundState.Offering)
    {
        using RunStore rounds = RunStore.Open(new SqliteDatabase(DatabaseFile), run, Store.Term, "test", new StoreAccess { Time = Time });
        using StoreTransaction transaction = rounds.Begin(clock: 1);
        var planned = Round.Plan(number, needed: 1, deadline: 500, typicalTaskMs: 30, []);
        transaction.AddRound(planned);
        transaction.SaveRound(planned, planned with { State = state });
        transaction.Commit();
    }
}
