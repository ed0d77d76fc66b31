using System.Globalization;
using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>Says in one line that the broker is away and in one that it is back, however often it is tried in between.</summary>
/// <param name="tell">Gets each line; called by one thread at a time.</param>
internal sealed class BrokerOutages(TimeProvider clock, Action<string> tell) : IReceiveEndpointObserver
{
    private readonly Lock gate = new();
    private readonly HashSet<Uri> faulted = [];
    private long began;

    public Task Ready(ReceiveEndpointReady ready)
    {
        lock (gate)
        {
            if (faulted.Remove(ready.InputAddress) && faulted.Count == 0)
            {
                tell(string.Create(CultureInfo.InvariantCulture, $"the broker is back after {clock.GetElapsedTime(began).TotalSeconds:0} s"));
            }
        }

        return Task.CompletedTask;
    }

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        // A broker that refuses a queue is there.
        if (!BrokerAnswers.IsRefusal(faulted.Exception))
        {
            lock (gate)
            {
                if (this.faulted.Add(faulted.InputAddress) && this.faulted.Count == 1)
                {
                    began = clock.GetTimestamp();
                    string reason = faulted.Exception?.GetBaseException().Message.TrimEnd('.') ?? "the connection was lost";
                    tell($"the broker is away ({reason}); connecting again until it answers");
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
