using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Messages;

namespace EdgeFlora.Benchmarks.Fleet;

/// <summary>Sends nothing, and keeps the offers that it was to send.</summary>
/// <param name="offers">How many are to come.</param>
internal sealed class NoSender(int offers) : IMessageSender
{
    private readonly Lock gate = new();
    private readonly List<TaskOffer> kept = [];
    private readonly TaskCompletionSource<IReadOnlyList<TaskOffer>> all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when every agent was offered its task.</summary>
    public Task<IReadOnlyList<TaskOffer>> Offers => all.Task;

    public Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class
    {
        if (message is TaskOffer offer)
        {
            lock (gate)
            {
                kept.Add(offer);
                if (kept.Count == offers)
                {
                    all.TrySetResult(kept);
                }
            }
        }

        return Task.CompletedTask;
    }

    public Task PublishAsync(RunEvent happened, CancellationToken stop) => Task.CompletedTask;
}
