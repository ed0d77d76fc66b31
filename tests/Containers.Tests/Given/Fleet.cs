using EdgeFlora.Contracts.Events;
using EdgeFlora.Testing;
using EdgeFlora.Testing.Containers;

namespace EdgeFlora.Containers.Tests.Given;

/// <summary>A federation in containers whose log is part of the test's output.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly Federation federation;

    private Fleet(Federation federation) => this.federation = federation;

    public ContainerPlatform Platform => (ContainerPlatform)federation.Platform;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts it; skips the calling test where there is no engine.</summary>
    public static async Task<Fleet> StartAsync(Action<FederationOptions> configure)
    {
        await Engine.RequireImagesAsync();
        return new Fleet(await Federation.StartAsync(
            options =>
            {
                options.Broker(Brokers.Container);
                configure(options);
            },
            Stop));
    }

    public FederationMember Agent(string name) => federation.Agent(name);

    public Task AtWorkAsync(string agent) => federation.AtWorkAsync(agent, round: 1, Stop);

    /// <summary>Waits until a round of three agents is over without one of them.</summary>
    public async Task WithoutOneAsync(int round)
    {
        RoundFigures figures = await federation.CommittedAsync(round, Stop);

        Assert.Equal((2, 3, 1), (figures.Accepted.Count, figures.Offered, figures.Dropped.Count));
    }

    /// <summary>Waits until a result of an agent counts in a round after the first.</summary>
    public Task ContributesAgainAsync(string agent) => federation.EventAsync(
        happened => happened.Kind == RunEventKind.ResultAccepted && happened.AgentId == agent && happened.Round >= 2, Stop);

    public Task<RunEvent> EventAsync(RunEventKind kind) => federation.EventAsync(happened => happened.Kind == kind, Stop);

    /// <summary>Waits for the run's end.</summary>
    public async Task<FederationResult> CompleteAsync()
    {
        FederationResult result = await federation.CompletionAsync(Stop);
        Assert.True(result.IsComplete, "A round was skipped.");
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        // Shown where the test failed: what the others did then tells most.
        foreach (FederationMember member in federation.Agents.Values.Append(federation.Coordinator))
        {
            TestContext.Current.TestOutputHelper?.WriteLine(await member.LogAsync());
        }

        await federation.DisposeAsync();
    }
}
