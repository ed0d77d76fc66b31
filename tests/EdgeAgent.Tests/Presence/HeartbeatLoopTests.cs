using System.Reflection;
using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Presence;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Presence;

public sealed class HeartbeatLoopTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_report_that_waits_for_the_brokers_word_keeps_no_heartbeat_back()
    {
        var options = new AgentOptions { Name = Offers.Agent, Models = [], Data = [], StateFolder = folder.Path };
        var bus = new OneWayBus();
        var connection = new AgentConnection(
            new Courier(bus, TimeProvider.System, options.Resilience.SendTimeout),
            options,
            new AgentPipelines(options.Resilience, TimeProvider.System, NullLogger.Instance),
            TimeProvider.System,
            NullLogger.Instance);
        var registry = new TaskRegistry(new TaskJournal(folder.Path, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        using var enrolment = new Enrolment(options, connection, _ => throw new NotSupportedException(), TimeProvider.System, NullLogger.Instance);
        enrolment.Welcomed(
            new AgentWelcome { Header = connection.Header(nameof(AgentWelcome)), HeartbeatMs = 50, GraceMs = 1000, ServerContract = 1 });
        registry.Offered(Offers.Bare());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        Task running = new HeartbeatLoop(connection, enrolment, registry, () => new AgentState(AgentPhase.Training), TimeProvider.System)
            .RunAsync(stop.Token);
        await bus.Stuck.WaitAsync(Guard, stop.Token);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("exchange:" + Queues.Presence, await bus.Passed.ReadAsync(stop.Token).AsTask().WaitAsync(Guard, stop.Token));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task An_agent_that_does_something_else_says_so_before_its_next_heartbeat_is_due()
    {
        var options = new AgentOptions { Name = Offers.Agent, Models = [], Data = [], StateFolder = folder.Path };
        var bus = new OneWayBus();
        var connection = new AgentConnection(
            new Courier(bus, TimeProvider.System, options.Resilience.SendTimeout),
            options,
            new AgentPipelines(options.Resilience, TimeProvider.System, NullLogger.Instance),
            TimeProvider.System,
            NullLogger.Instance);
        var registry = new TaskRegistry(new TaskJournal(folder.Path, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        using var enrolment = new Enrolment(options, connection, _ => throw new NotSupportedException(), TimeProvider.System, NullLogger.Instance);
        enrolment.Welcomed(
            new AgentWelcome { Header = connection.Header(nameof(AgentWelcome)), HeartbeatMs = 600_000, GraceMs = 1_200_000, ServerContract = 1 });
        var phase = new AgentState(AgentPhase.Idle);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        Task running = new HeartbeatLoop(connection, enrolment, registry, () => Volatile.Read(ref phase), TimeProvider.System).RunAsync(stop.Token);
        await bus.Passed.ReadAsync(stop.Token).AsTask().WaitAsync(Guard, stop.Token);
        Volatile.Write(ref phase, new AgentState(AgentPhase.Training));
        await bus.Passed.ReadAsync(stop.Token).AsTask().WaitAsync(Guard, stop.Token);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(bus.Passed.TryRead(out _));
    }

    /// <summary>Takes what goes to presence; what goes to the intake never returns.</summary>
    private sealed class OneWayBus : ISendEndpointProvider
    {
        private readonly Channel<string> passed = Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ChannelReader<string> Passed => passed.Reader;

        public Task Stuck => stuck.Task;

        public Task<ISendEndpoint> GetSendEndpoint(Uri address)
        {
            ISendEndpoint endpoint = DispatchProxy.Create<ISendEndpoint, Endpoint>();
            ((Endpoint)endpoint).Send = () =>
            {
                if (address.ToString().EndsWith(Queues.Presence, StringComparison.Ordinal))
                {
                    passed.Writer.TryWrite(address.ToString());
                    return Task.CompletedTask;
                }

                stuck.TrySetResult();
                return new TaskCompletionSource().Task;
            };
            return Task.FromResult(endpoint);
        }

        public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();
    }

    /// <summary>Whatever is sent goes one way.</summary>
    public class Endpoint : DispatchProxy
    {
        public Func<Task> Send { get; set; } = () => Task.CompletedTask;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Send();
    }
}
