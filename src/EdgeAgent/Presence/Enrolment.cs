using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>Says hello until answered: at start, after every reconnect, and when a coordinator shows that it does not know this agent.</summary>
internal sealed class Enrolment(
    AgentOptions options, AgentConnection connection, Func<MessageHeader, AgentHello> hello, TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>Longest to say goodbye: without a broker nobody hears it.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>So often an agent that was put into quarantine asks whether it is let in again; it is told at once, too.</summary>
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim wake = new(0);
    private readonly TaskCompletionSource<AgentRefused> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentWelcome? welcome;
    private volatile bool wanted;
    private volatile string? held;

    /// <summary>Why it is in quarantine: it gets no work, and stays; null: it is not.</summary>
    public string? Held => held;

    /// <summary>Completes when the coordinator will not have this agent.</summary>
    public Task<AgentRefused> Refusal => refused.Task;

    /// <summary>The latest welcome; null before the first.</summary>
    public AgentWelcome? Welcome => Volatile.Read(ref welcome);

    public bool IsWelcomedIn(Guid run, long term) => Welcome is { Header: var header } && header.RunId == run && header.Term == term;

    public void SayHello()
    {
        if (!wanted || held is not null)
        {
            wanted = true;
            wake.Release();
        }
    }

    /// <summary>The coordinator speaks to it as to one that may work.</summary>
    public void Readmitted()
    {
        if (Interlocked.Exchange(ref held, null) is not null)
        {
            log.Readmitted();
        }
    }

    public void Welcomed(AgentWelcome message)
    {
        bool first = !IsWelcomedIn(message.Header.RunId, message.Header.Term);
        Volatile.Write(ref welcome, message);
        wanted = false;
        Readmitted();
        if (first)
        {
            log.Welcomed(message.Header.Term);
        }
    }

    /// <summary>A quarantine is ended by an operator, and the agent should be there then; whatever else it is refused for ends it.</summary>
    public void Refused(AgentRefused message)
    {
        if (message.Code != RefusalCode.Quarantined)
        {
            refused.TrySetResult(message);
        }
        else if (Interlocked.Exchange(ref held, message.Human) != message.Human)
        {
            log.Quarantined(message.Human, message.Fix);
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        long count = 0;
        while (true)
        {
            await wake.WaitAsync(stop);
            while (wanted)
            {
                MessageHeader header = connection.Header(nameof(AgentHello), $"{connection.BootId:N}:{++count}");
                try
                {
                    // Kept until the next one is sent: a coordinator that comes back must not find the hello of an agent that has died
                    // meanwhile, and hold its name for it.
                    await connection.SendOnceAsync(Queues.Fleet, hello(header), header, stop, Jitter.Longest(options.Resilience.AnswerTimeout));
                }
                catch (Exception failure) when (AgentPipelines.IsTransient(failure, stop))
                {
                    log.Retrying(nameof(AgentHello), (int)Math.Min(count, int.MaxValue), options.Resilience.AnswerTimeout, failure.Message);
                }

                await PauseAsync(stop);
            }
        }
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        if (held is null)
        {
            await Task.Delay(Jitter.Stretch(options.Resilience.AnswerTimeout), clock, stop);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(Task.Delay(Jitter.Stretch(Quarantine), clock, either.Token), wake.WaitAsync(either.Token));
        await either.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Says that the agent leaves; what is lost of it, silence says later.</summary>
    public async Task SayByeAsync(string reason)
    {
        MessageHeader header = connection.Header(nameof(AgentBye), $"{connection.BootId:N}");
        using var limit = new CancellationTokenSource(Farewell, clock);
        try
        {
            await connection.SendOnceAsync(Queues.Fleet, new AgentBye { Header = header, Reason = reason }, header, limit.Token);
        }
        catch (Exception lost) when (lost is OperationCanceledException || AgentPipelines.IsTransient(lost))
        {
            // Silence says the same, only later.
        }
    }

    public void Dispose() => wake.Dispose();
}
