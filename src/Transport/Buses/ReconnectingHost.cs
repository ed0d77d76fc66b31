using MassTransit;
using MassTransit.RabbitMqTransport.Configuration;

namespace EdgeFlora.Transport.Buses;

/// <summary>MassTransit's settings of a broker with our own pauses between attempts to connect again: 0.5 … 5 s where its are 3 … 30 s.</summary>
/// <remarks>
/// They begin at about 1 s, about double with each failure and vary by a quarter either way, so that a thousand agents do not come at once.
/// MassTransit adds a second to each. What is worth another attempt is judged as MassTransit does. See docs/decisions/connections-that-end.md.
/// </remarks>
internal sealed class ReconnectingHost : RabbitMqHostConfiguration
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Growth = TimeSpan.FromSeconds(0.5);

    /// <summary>After so many it begins again with the shortest.</summary>
    private const int Attempts = 1000;

    public ReconnectingHost(IRabbitMqBusConfiguration bus, IRabbitMqTopologyConfiguration topology)
        : base(bus, topology)
    {
        IRetryPolicy theirs = base.ReceiveTransportRetryPolicy;
        ReceiveTransportRetryPolicy = Retry.CreatePolicy(retry =>
        {
            retry.Handle<Exception>(theirs.IsHandled);
            retry.Exponential(Attempts, Shortest, Longest, Growth);
        });
    }

    /// <summary>For receiving; sending takes the same.</summary>
    public override IRetryPolicy ReceiveTransportRetryPolicy { get; }
}
