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
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_report_that_waits_for_the_brokers_word_keeps_no_heartbeat_back()
    {
        using var beating = new Beating(folder.Path, heartbeatMs: 50);
        beating.Registry.Offered(Offers.Bare());

        beating.Start(() => new AgentState(AgentPhase.Training));
        await beating.Bus.Stuck.InTimeAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("exchange:" + Queues.Presence, await beating.PassedAsync());
        }

        await beating.EndAsync();
    }

    [Fact]
    public async Task An_agent_that_does_something_else_says_so_before_its_next_heartbeat_is_due()
    {
        using var beating = new Beating(folder.Path, heartbeatMs: 600_000);
        var phase = new AgentState(AgentPhase.Idle);

        beating.Start(() => Volatile.Read(ref phase));
        await beating.PassedAsync();
        Volatile.Write(ref phase, new AgentState(AgentPhase.Training));
        await beating.PassedAsync();

        await beating.EndAsync();
        Assert.False(beating.Bus.Passed.TryRead(out _));
    }

    [Fact]
    public async Task Lines_of_the_terminal_are_told_with_due_heartbeats_when_they_are_new_and_to_each_service_anew()
    {
        using var beating = new Beating(folder.Path, heartbeatMs: 50);
        var terminal = new TerminalTail();
        terminal.Add("idle");

        beating.Start(() => new AgentState(AgentPhase.Idle), terminal);
        Assert.Equal(["idle"], await beating.TerminalAsync());
        terminal.Add(new string('x', 5000));
        Assert.Equal(["idle", new string('x', 200)], await beating.TerminalAsync());
        beating.Enrolment.Welcomed(beating.Welcome with { Header = beating.Welcome.Header with { Term = 2 } });
        Assert.Equal(2, (await beating.TerminalAsync()).Count);
        for (int line = 0; line < 100; line++)
        {
            terminal.Add($"{line}");
        }

        Assert.Equal(20, terminal.Lines.Count);
        Assert.Equal("99", terminal.Lines[^1]);
        await beating.EndAsync();
    }

    /// <summary>The loop of a welcome agent, on a bus that lets nothing but its heartbeats pass.</summary>
    private sealed class Beating : IDisposable
    {
        private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        private readonly AgentConnection connection;
        private Task running = Task.CompletedTask;

        public Beating(string folder, int heartbeatMs)
        {
            var options = new AgentOptions { Name = Offers.Agent, Models = [], Data = [], StateFolder = folder };
            connection = new AgentConnection(
                new Courier(Bus, TimeProvider.System, options.Resilience.SendTimeout),
                options,
                new AgentPipelines(options.Resilience, TimeProvider.System, NullLogger.Instance),
                TimeProvider.System,
                NullLogger.Instance);
            Registry = new TaskRegistry(new TaskJournal(folder, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
            Enrolment = new Enrolment(options, connection, _ => throw new NotSupportedException(), TimeProvider.System, NullLogger.Instance);
            Welcome = new AgentWelcome
            {
                Header = connection.Header(nameof(AgentWelcome)),
                HeartbeatMs = heartbeatMs,
                GraceMs = 2 * heartbeatMs,
                ServerContract = 1,
            };
            Enrolment.Welcomed(Welcome);
        }

        public OneWayBus Bus { get; } = new();

        public TaskRegistry Registry { get; }

        public Enrolment Enrolment { get; }

        public AgentWelcome Welcome { get; }

        public void Start(Func<AgentState> state, TerminalTail? terminal = null) =>
            running = new HeartbeatLoop(connection, Enrolment, Registry, state, TimeProvider.System, terminal).RunAsync(stop.Token);

        public Task<string> PassedAsync() => Bus.Passed.ReadAsync(stop.Token).AsTask().InTimeAsync(what: "the next heartbeat");

        /// <summary>The lines of the next heartbeat that has some.</summary>
        public Task<IReadOnlyList<string>> TerminalAsync() =>
            Bus.TerminalAsync(stop.Token).InTimeAsync(what: "a heartbeat with lines of the terminal");

        public async Task EndAsync()
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        public void Dispose()
        {
            Enrolment.Dispose();
            stop.Dispose();
        }
    }

    /// <summary>Takes what goes to presence; what goes to the intake never returns.</summary>
    private sealed class OneWayBus : ISendEndpointProvider
    {
        private readonly Channel<string> passed = Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly Channel<Heartbeat> beats = Channel.CreateUnbounded<Heartbeat>();

        public ChannelReader<string> Passed => passed.Reader;

        /// <summary>The lines of the next heartbeat that has some.</summary>
        public async Task<IReadOnlyList<string>> TerminalAsync(CancellationToken stop)
        {
            while (true)
            {
                if ((await beats.Reader.ReadAsync(stop)).Terminal is { } lines)
                {
                    return lines;
                }
            }
        }

        public Task Stuck => stuck.Task;

        public Task<ISendEndpoint> GetSendEndpoint(Uri address)
        {
            ISendEndpoint endpoint = DispatchProxy.Create<ISendEndpoint, Endpoint>();
            ((Endpoint)endpoint).Send = sent =>
            {
                foreach (Heartbeat beat in sent.OfType<Heartbeat>())
                {
                    beats.Writer.TryWrite(beat);
                }

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
        public Func<object?[], Task> Send { get; set; } = _ => Task.CompletedTask;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Send(args ?? []);
    }
}
