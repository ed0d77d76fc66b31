using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Hosting;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.EdgeAgent.Tests.Hosting;

/// <summary>An agent as a service of a host. With a broker it is tried in the samples' tests.</summary>
public sealed class HostedAgentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public HostedAgentTests()
    {
        TinyModel.Load(folder.In("model"));
        IEnumerable<string> rows = Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}""");
        File.WriteAllLines(folder.In("data.jsonl"), rows);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Settings_that_cannot_be_used_keep_the_host_from_starting()
    {
        await using ServiceProvider services = Services(options => options.Name = "No Name");

        AgentConfigurationException wrong = await Assert.ThrowsAsync<AgentConfigurationException>(() => Hosted(services).StartAsync(Stop));

        Assert.Equal(["Name is 'No Name'; it must be 1 … 64 of the characters a-z, 0-9 and -"], wrong.Mistakes);
    }

    [Fact]
    public async Task A_broker_that_is_silent_is_tried_again_and_does_not_end_the_agent()
    {
        var clock = new FakeTimeProvider();
        await using ServiceProvider services = Services(options => options.Clock = clock);
        IEdgeAgent agent = services.GetRequiredService<IEdgeAgent>();
        using var told = new SemaphoreSlim(0);
        agent.StateChanged += (_, now) =>
        {
            if (now is { Phase: AgentPhase.Connecting, Reason: not null })
            {
                told.Release();
            }
        };

        await Hosted(services).StartAsync(Stop);

        // A pause may begin a moment after the state was told: the clock is moved until it is told again.
        for (int time = 1; time <= 2; time++)
        {
            Task silent = told.WaitAsync(Stop);
            await LimitedWait.UntilAsync(
                () =>
                {
                    clock.Advance(TimeSpan.FromSeconds(5));
                    return silent.IsCompleted;
                },
                () => $"{agent.State}",
                "the state is told");

            await silent;
            Assert.Contains("127.0.0.1", agent.State.Reason!, StringComparison.Ordinal);
        }

        Assert.False(agent.Completion.IsCompleted);
        await Hosted(services).StopAsync(Stop);
        await agent.Completion;
        Assert.Equal(new AgentState(AgentPhase.Stopped), agent.State);
    }

    [Fact]
    public async Task What_goes_wrong_ends_the_agent_and_not_the_host()
    {
        using AgentStateFolder held = AgentStateFolder.Open(folder.In("state"), "state");
        await using ServiceProvider services = Services(_ => { });
        IEdgeAgent agent = services.GetRequiredService<IEdgeAgent>();
        agent.StateChanged += (_, _) => throw new InvalidOperationException("a handler's own trouble");

        await Hosted(services).StartAsync(Stop);
        FolderInUseException why = await Assert.ThrowsAsync<FolderInUseException>(() => agent.Completion.WaitAsync(Stop));

        Assert.Equal(new AgentState(AgentPhase.Stopped) { Reason = why.Message }, agent.State);
        await Hosted(services).StopAsync(Stop);
    }

    [Fact]
    public async Task A_host_may_have_several_agents()
    {
        var services = new ServiceCollection();
        services.AddEdgeAgent(Configure("one")).AddEdgeAgent(Configure("two"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService hosted in provider.GetServices<IHostedService>())
        {
            await hosted.StartAsync(Stop);
        }

        Assert.Equal(["one", "two"], provider.GetServices<IEdgeAgent>().Select(agent => agent.Name));
        foreach (IHostedService hosted in provider.GetServices<IHostedService>())
        {
            await hosted.StopAsync(Stop);
        }
    }

    private static IHostedService Hosted(IServiceProvider services) => services.GetRequiredService<IHostedService>();

    private ServiceProvider Services(Action<EdgeAgentOptions> change) => new ServiceCollection()
        .AddEdgeAgent(options =>
        {
            Configure("state")(options);
            change(options);
        })
        .BuildServiceProvider();

    private Action<EdgeAgentOptions> Configure(string name) => options =>
    {
        options.Name = name;
        options.StateFolder = folder.In(name);
        options.DataFile = folder.In("data.jsonl");
        options.ModelFolder = folder.In("model");
        options.Broker = "amqp://guest:guest@127.0.0.1:1/";
        options.Settings["engine"] = "portable";
        options.Settings["measure"] = "no";
        options.Settings["broker.timeout"] = "1 s";
    };
}
