using EdgeFlora.Contracts;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Hosting;

public sealed class IntakeEndpointsTests
{
    private static readonly Guid Run = new("01980000-0000-7000-8000-000000000009");

    [Fact]
    public async Task Queues_that_the_broker_does_not_let_be_consumed_are_named_after_a_while_and_let_go()
    {
        var time = new FakeTimeProvider();
        var broker = new SilentBroker();
        Task<IntakeEndpoints> attaching = IntakeEndpoints.ConnectAsync(broker, Run, null!, null!, null!, new SenderCheck(NullLogger.Instance), time, TestContext.Current.CancellationToken);
        Assert.False(attaching.IsCompleted);

        time.Advance(TimeSpan.FromMinutes(1));

        string said = (await Assert.ThrowsAsync<BrokerUnreachableException>(() => attaching)).Message;
        Assert.StartsWith($"The broker does not let queues {Queues.RunIntake(Run)} and {Queues.RunChunks(Run)} be consumed", said, StringComparison.Ordinal);
        Assert.Equal(2, broker.Stopped);
    }

    /// <summary>Takes every consumer, and never lets it begin.</summary>
    private sealed class SilentBroker : IReceiveConnector
    {
        public int Stopped { get; private set; }

        public HostReceiveEndpointHandle ConnectReceiveEndpoint(string queueName, Action<IReceiveEndpointConfigurator>? configureEndpoint = null) => new Handle(this);

        public HostReceiveEndpointHandle ConnectReceiveEndpoint(
            IEndpointDefinition definition, IEndpointNameFormatter? endpointNameFormatter = null, Action<IReceiveEndpointConfigurator>? configureEndpoint = null) => new Handle(this);

        public ConnectHandle ConnectEndpointConfigurationObserver(IEndpointConfigurationObserver observer) => throw new NotSupportedException();

        private sealed class Handle(SilentBroker broker) : HostReceiveEndpointHandle
        {
            private readonly TaskCompletionSource<ReceiveEndpointReady> never = new();

            public IReceiveEndpoint ReceiveEndpoint => throw new NotSupportedException();

            public Task<ReceiveEndpointReady> Ready => never.Task;

            public Task StopAsync(CancellationToken cancellationToken = default)
            {
                broker.Stopped++;
                return Task.CompletedTask;
            }

            public Task StopAsync(bool removeEndpoint, CancellationToken cancellationToken = default) => StopAsync(cancellationToken);
        }
    }
}
