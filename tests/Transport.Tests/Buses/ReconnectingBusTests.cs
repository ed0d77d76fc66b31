using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeFlora.Transport.Buses;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Middleware;
using MassTransit.RabbitMqTransport.Configuration;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Tests.Buses;

/// <summary>Our pauses stand in place of MassTransit's, by what it leaves to its users to override: these tests say when it no longer does.</summary>
public sealed class ReconnectingBusTests
{
    private static readonly ConnectionException Lost = new("lost");

    [Fact]
    public void The_pauses_grow_from_less_than_a_second_to_some_seconds()
    {
        TimeSpan[] pauses = [.. Pauses(Policy()).Take(50)];

        Assert.InRange(pauses[0], TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1.5));
        Assert.All(pauses, pause => Assert.InRange(pause, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(6.25)));
        Assert.All(pauses.Skip(10), pause => Assert.InRange(pause, TimeSpan.FromSeconds(3.75), TimeSpan.FromSeconds(6.25)));
    }

    [Fact]
    public void A_thousand_agents_do_not_come_at_once()
    {
        // Each agent is a process of its own, with settings of its own.
        TimeSpan[] third = [.. Enumerable.Range(0, 1000).Select(_ => Pauses(Policy()).Skip(2).First())];

        int[] perTenth = [.. third.GroupBy(pause => (int)(pause.TotalSeconds * 10)).Select(agents => agents.Count())];

        Assert.True(perTenth.Max() < 250, $"Of 1000 agents {perTenth.Max()} come within a tenth of a second.");
    }

    [Fact]
    public void What_is_worth_another_attempt_is_what_MassTransit_says()
    {
        IRetryPolicy policy = Policy();

        Assert.True(policy.IsHandled(Lost));
        Assert.True(policy.IsHandled(new EndOfStreamException()));
        Assert.False(policy.IsHandled(new AuthenticationFailureException("refused")));
        Assert.False(policy.IsHandled(new InvalidOperationException()));
    }

    [Fact]
    public void Whoever_asks_the_bus_for_the_settings_of_its_broker_gets_ours()
    {
        ReconnectingBus settings = Settings();

        IHostConfiguration host = Assert.IsType<ReconnectingHost>(((IBusConfiguration)settings).HostConfiguration);

        Assert.Same(host, ((IRabbitMqBusConfiguration)settings).HostConfiguration);
        Assert.Same(host.ReceiveTransportRetryPolicy, host.SendTransportRetryPolicy);
    }

    [Fact]
    public async Task A_bus_that_lost_its_broker_waits_by_them()
    {
        using var loggers = new Pause();
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        string url = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{((IPEndPoint)nobody.LocalEndpoint).Port}/");
        nobody.Stop();
        IBusControl bus = BusFactory.Create(new BrokerOptions { Url = url }, TimeProvider.System, loggers);
        using var ending = new CancellationTokenSource();

        Task starting = bus.StartAsync(ending.Token);
        TimeSpan first = await loggers.First.InTimeAsync();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => starting.InTimeAsync());

        Assert.InRange(first, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1.5));
    }

    private static ReconnectingBus Settings() => new(new RabbitMqTopologyConfiguration(RabbitMqBusFactory.CreateMessageTopology()));

    private static IRetryPolicy Policy() => ((IBusConfiguration)Settings()).HostConfiguration.ReceiveTransportRetryPolicy;

    private static IEnumerable<TimeSpan> Pauses(IRetryPolicy policy)
    {
        using RetryPolicyContext<Attempt> attempts = policy.CreatePolicyContext(new Attempt());
        Assert.True(attempts.CanRetry(Lost, out RetryContext<Attempt> next));
        while (true)
        {
            yield return next.Delay!.Value;
            Assert.True(next.CanRetry(Lost, out next));
        }
    }

    private sealed class Attempt : BasePipeContext
    {
    }

    /// <summary>Hears from MassTransit's log for how long it pauses first.</summary>
    private sealed class Pause : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource<TimeSpan> first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> First => first.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> values
                && values.FirstOrDefault(value => value.Key == "Delay").Value is TimeSpan delay)
            {
                first.TrySetResult(delay);
            }
        }

        public void Dispose()
        {
        }
    }
}
