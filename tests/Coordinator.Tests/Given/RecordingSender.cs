using System.Runtime.CompilerServices;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Messages;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Keeps what the coordinator sends, and lets a test wait for it.</summary>
internal sealed class RecordingSender : IMessageSender
{
    private readonly Lock gate = new();
    private readonly List<(string? Queue, object Message)> sent = [];
    private readonly List<(Func<string?, object, bool> Wanted, TaskCompletionSource<object> Found)> waiting = [];

    public IReadOnlyList<(string? Queue, object Message)> Sent
    {
        get
        {
            lock (gate)
            {
                return [.. sent];
            }
        }
    }

    public IEnumerable<RunEvent> Events => Sent.Select(entry => entry.Message).OfType<RunEvent>();

    public Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class => Add(queue, message);

    public Task PublishAsync(RunEvent happened, CancellationToken stop) => Add(null, happened);

    /// <summary>The first message of this type that was or will be sent to the agent and fits.</summary>
    public async Task<T> ForAsync<T>(
        string agent, Func<T, bool>? fits = null, [CallerArgumentExpression(nameof(fits))] string what = "")
        where T : class => (T)await WaitAsync(
            (queue, message) => queue == Queues.Agent(agent) && message is T one && (fits is null || fits(one)),
            $"{typeof(T).Name} for {agent} {what}");

    public async Task<RunEvent> EventAsync(
        RunEventKind kind, Func<RunEvent, bool>? fits = null, [CallerArgumentExpression(nameof(fits))] string what = "") =>
        (RunEvent)await WaitAsync(
            (_, message) => message is RunEvent happened && happened.Kind == kind && (fits is null || fits(happened)), $"{kind} {what}");

    private Task Add(string? queue, object message)
    {
        lock (gate)
        {
            sent.Add((queue, message));
            foreach ((Func<string?, object, bool> wanted, TaskCompletionSource<object> found) in waiting)
            {
                if (wanted(queue, message))
                {
                    found.TrySetResult(message);
                }
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>What was sent last, each in a few words.</summary>
    private string Describe() => "sent last: " + string.Join("; ", Sent.TakeLast(20).Select(entry =>
        entry.Message is RunEvent happened ? EventRecorder.Describe(happened) : $"{entry.Message.GetType().Name} to {entry.Queue}"));

    private Task<object> WaitAsync(Func<string?, object, bool> wanted, string what)
    {
        lock (gate)
        {
            if (sent.FirstOrDefault(entry => wanted(entry.Queue, entry.Message)) is { Message: { } message })
            {
                return Task.FromResult(message);
            }

            var found = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((wanted, found));
            return found.Task.InTimeAsync(Describe, what);
        }
    }
}
