using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Presence;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Presence;

public sealed class EnrolmentTests
{
    [Fact]
    public async Task A_goodbye_that_no_broker_takes_ends_by_a_limit_of_its_own()
    {
        var options = new AgentOptions { Name = Offers.Agent, Models = [], Data = [], StateFolder = "unused" };
        var connection = new AgentConnection(
            new Courier(new AbsentBroker(), TimeProvider.System, TimeSpan.FromHours(1)),
            options,
            new AgentPipelines(options.Resilience, TimeProvider.System, NullLogger.Instance),
            TimeProvider.System,
            NullLogger.Instance);
        using var enrolment = new Enrolment(
            options, connection, _ => throw new NotSupportedException(), new LeapingTime(TimeSpan.FromSeconds(1)), NullLogger.Instance);

        await enrolment.SayByeAsync("stopped").InTimeAsync();
    }

    /// <summary>Never answers.</summary>
    private sealed class AbsentBroker : ISendEndpointProvider
    {
        private readonly TaskCompletionSource<ISendEndpoint> never = new();

        public Task<ISendEndpoint> GetSendEndpoint(Uri address) => never.Task;

        public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();
    }
}
