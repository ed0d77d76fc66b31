using System.Runtime.CompilerServices;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Testing.InProcess;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Integration.Tests;

/// <summary>A fleet that stays while coordinators come and go, over a real broker.</summary>
public sealed class FleetTests(BrokerFixture broker)
{
    private string Url => broker.Url("fleet");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("stay")]
    [InlineData("are stopped")]
    [InlineData("are killed")]
    public async Task Every_run_in_the_same_folders_trains_whether_its_agents_stay_or_are_started_again(string agents)
    {
        await using Federation federation = await Federation.StartAsync(Url);
        string[] names = [.. Enumerable.Range(1, Federation.Trainers).Select(i => $"trainer-{i}"), "evaluator"];
        var outcomes = new List<RunOutcome>();
        for (int i = 0; i < 3; i++)
        {
            (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options("again"));
            foreach (string name in i == 0 || agents != "stay" ? names : [])
            {
                await federation.AgentAsync(name);
            }

            outcomes.Add(await run.InTimeAsync(federation.Describe));
            foreach (string name in agents == "are stopped" ? names : [])
            {
                await federation.StopAgentAsync(name);
            }

            foreach (string name in agents == "are killed" ? names : [])
            {
                await federation.Agent(name).DieAsync();
            }
        }

        Assert.All(outcomes, outcome => Assert.Equal(RunStatus.Completed, outcome.Status));
        IGrouping<Guid, RunEvent>[] runs = [.. federation.Events.Where(e => e.Kind == RunEventKind.ResultAccepted).GroupBy(e => e.RunId)];
        Assert.Equal(3, runs.Length);
        Assert.All(runs, run => Assert.Equal(2 * Federation.Trainers, run.Select(e => (e.Round, e.AgentId)).Distinct().Count()));
        Assert.Single(outcomes.Select(outcome => outcome.ModelSha256).Distinct());
    }

    [Fact]
    public async Task Agents_that_stay_serve_a_coordinator_with_a_new_state_folder()
    {
        await using Federation federation = await Federation.StartAsync(Url);
        CoordinatorOptions options = federation.Options("first");
        (_, Task<RunOutcome> first) = await federation.CoordinatorAsync(options);
        await federation.AllAgentsAsync();
        await first.InTimeAsync(federation.Describe);

        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(
            options with { Store = new StoreOptions { StateFolder = options.Store.StateFolder + "-new" } });
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal((await first).ModelSha256, outcome.ModelSha256);
    }

    [Fact]
    public async Task A_killed_agent_is_welcome_again_before_any_time_has_passed_at_the_coordinator()
    {
        await using Federation federation = await Federation.StartAsync(Url);
        var stopped = new FakeTimeProvider(DateTimeOffset.UtcNow);
        (CoordinatorService coordinator, _) = await federation.CoordinatorAsync(federation.Options("restart"), stopped);
        await federation.AgentAsync("trainer-1");
        await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Joined: true } state ? state : null);

        await federation.Agent("trainer-1").DieAsync();
        await federation.AgentAsync("trainer-1");
        AgentState again = await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Joined: true } state ? state : null);

        Assert.True(again.Joined);
        await coordinator.DieAsync();
    }

    [Fact]
    public async Task A_hello_of_an_agent_that_died_while_nobody_served_holds_no_name()
    {
        await using Federation federation = await Federation.StartAsync(Url);
        (CoordinatorService coordinator, _) = await federation.CoordinatorAsync(federation.Options("names"));
        await federation.EventAsync(e => e.Kind == RunEventKind.CoordinatorStarted);
        await coordinator.DieAsync();
        await federation.AgentAsync("trainer-1", stateFolder: "state-of-the-dead");
        await UntilAsync(count => count > 0);
        await federation.Agent("state-of-the-dead").DieAsync();
        await UntilAsync(count => count == 0);

        (coordinator, _) = await federation.CoordinatorAsync(federation.Options("names"));
        await federation.AgentAsync("trainer-1");
        AgentState heir = await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Joined: true } state ? state : null);

        Assert.True(heir.Joined);
        await coordinator.DieAsync();
    }

    /// <summary>Waits until the queue of hellos holds what it should.</summary>
    private Task UntilAsync(Predicate<uint> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        LimitedWait.UntilAsync(async () => holds(await FleetQueue.CountAsync(Url, Stop)), what: $"hellos in their queue: {what}");

    [Fact]
    public async Task A_second_service_on_the_virtual_host_is_refused_with_a_sentence_and_the_first_works_on()
    {
        await using Federation federation = await Federation.StartAsync(Url);
        CoordinatorOptions options = federation.Options("only");
        (_, Task<RunOutcome> first) = await federation.CoordinatorAsync(options);
        await federation.EventAsync(e => e.Kind == RunEventKind.CoordinatorStarted);
        await federation.AgentAsync("trainer-1");
        await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Joined: true } state ? state : null);

        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(
            options with { Store = new StoreOptions { StateFolder = options.Store.StateFolder + "-rival" } });
        CoordinatorOptionsException refused = await Assert.ThrowsAsync<CoordinatorOptionsException>(() => second.InTimeAsync(federation.Describe));
        await federation.AgentAsync("trainer-2");
        await federation.AgentAsync("trainer-3");
        await federation.AgentAsync("evaluator");
        RunOutcome outcome = await first.InTimeAsync(federation.Describe);

        Assert.Contains("Another coordinator service is at work on this virtual host", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Completed, outcome.Status);
    }
}
