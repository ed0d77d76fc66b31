using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Runs whose agents die, fall silent, or do not come.</summary>
public sealed class AbsentAgentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_agent_that_dies_at_work_is_replaced_when_it_comes_back_without_its_journal()
    {
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(["a", "b"]);
        ScriptedAgent dying = await federation.AddAsync("c", onOffer: (_, stop) => Task.Delay(Timeout.Infinite, stop));
        Task<RunOutcome> running = federation.RunAsync();
        await federation.SeenAsync(e => e.Kind == RunEventKind.ResultAccepted && e.AgentId == "a");
        await dying.DisposeAsync();

        await federation.AddAsync("c", boot: 2);

        Assert.Equal((await UndisturbedRun.Outcome.Value).ModelSha256, (await running).ModelSha256);
    }

    [Fact]
    public async Task A_round_goes_on_without_an_agent_that_is_silent_and_lists_it()
    {
        CoordinatorOptions options = Settings.For(folder, roundOptions: new RoundOptions
        {
            Count = 1,
            MinAgents = 3,
            Quorum = 0.6,
            LeaseGrace = TimeSpan.FromSeconds(2),
        });
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a", "b"]);
        await federation.AddAsync("c", onOffer: (_, stop) => Task.Delay(Timeout.Infinite, stop));

        RoundFigures figures = Assert.Single((await federation.RunAsync()).Rounds).Figures!;

        Assert.Equal(["a", "b"], figures.Accepted);
        Assert.Equal(["c"], figures.Dropped);
        Assert.Equal(3, figures.Offered);
    }

    [Fact]
    public async Task A_run_that_finds_too_few_agents_fails_and_names_the_missing()
    {
        CoordinatorOptions options = Settings.For(
            folder, roundOptions: new RoundOptions { Count = 1, MinAgents = 2, ExpectedAgents = ["a", "z"], StartTimeout = TimeSpan.FromSeconds(5) });
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(["a"]);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(RunStatus.Failed, outcome.Status);
        Assert.Equal("The run did not start: 1 of 2 agents needed were there within 00:00:05; missing: z.", outcome.Failure);
    }
}
