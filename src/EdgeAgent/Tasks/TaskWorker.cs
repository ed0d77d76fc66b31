using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Telemetry;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Works tasks one at a time, and settles each: error feedback, journal, a word to the coordinator.</summary>
internal sealed class TaskWorker(
    AgentOptions options,
    TaskRegistry registry,
    TaskExecution execution,
    FeedbackStore feedbacks,
    OwnFactorsStore own,
    OwnAdapterGuard guard,
    ControlVariateStore variates,
    TrainingAlone alone,
    BlobStore blobs,
    AgentConnection connection,
    Action sayHello,
    TimeProvider clock,
    ILogger log)
{
    // What a timer can hold; longer caps end nothing.
    private static readonly TimeSpan LongestCap = TimeSpan.FromDays(30);

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            TaskHandle handle = await NextAsync(stop);
            registry.Current = handle;
            TaskTrace trace = handle.BeginTrace(clock);
            TaskEnd end = await WorkAsync(handle, stop);
            trace.End(end.ToString(), failed: end is TaskEnd.Failed or TaskEnd.Rejected);
            if (end == TaskEnd.Interrupted || connection.IsCut)
            {
                return;
            }

            Settle(handle, counted: end == TaskEnd.Accepted);
            registry.Current = null;
            registry.Close(handle);
            log.TaskEnded(handle.Offer.Header.Round, end.ToString());
        }
    }

    /// <summary>
    /// The next task. Where none comes for a while, models are let go of: a round is soon followed by another, but a device that rests should have
    /// its memory back.
    /// </summary>
    private async Task<TaskHandle> NextAsync(CancellationToken stop)
    {
        using (var resting = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            Task<TaskHandle> next = registry.Waiting.ReadAsync(stop);
            if (await Task.WhenAny(next, Task.Delay(Rest, clock, resting.Token)) == next)
            {
                await resting.CancelAsync();
                return await next;
            }

            execution.Release();
            return await next;
        }
    }

    private async Task<TaskEnd> WorkAsync(TaskHandle handle, CancellationToken stop)
    {
        MessageHeader offer = handle.Offer.Header;
        using var hardCap = new CancellationTokenSource(TimeLeft(handle), clock);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(handle.Unwanted, hardCap.Token, stop);
        try
        {
            ResultRejected? rejection = await PersistAsync(handle, cancel.Token, stop);
            return rejection is null ? TaskEnd.Accepted : TaskEnd.Rejected;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || connection.IsCut)
        {
            return TaskEnd.Interrupted;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return TaskEnd.Cancelled;
        }
        catch (DeclinedException declined)
        {
            log.TaskDeclined(offer.Round, declined.Reason, declined.Message);
            MessageHeader header = connection.Header(offer, nameof(TaskDeclined));
            var refusal = new TaskDeclined
            {
                Header = header,
                Reason = declined.Reason,
                Detail = declined.Message,
                SuggestRank = declined.SuggestRank,
                RetryMs = (long?)declined.Retry?.TotalMilliseconds,
            };
            return await TellAsync(handle.Offer.Intake, refusal, header, TaskEnd.Declined, cancel.Token, stop);
        }
#pragma warning disable CA1031 // The worker's outermost loop: whatever goes wrong in a task must not end the agent.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            (string code, bool retryable) = Classify(failure);
            log.TaskFailed(offer.Round, code, failure);
            MessageHeader header = connection.Header(offer, nameof(TaskFailed), code);
            string detail = failure.Message.Length <= WireLimits.MaxTextLength ? failure.Message : failure.Message[..WireLimits.MaxTextLength];
            return await TellAsync(
                handle.Offer.Intake,
                new TaskFailed { Header = header, Code = code, Retryable = retryable, Detail = detail },
                header,
                TaskEnd.Failed,
                cancel.Token,
                stop);
        }
    }

    /// <summary>Works on through outages of broker and coordinator, each time from the journal's stage, until the task's hard cap.</summary>
    private async Task<ResultRejected?> PersistAsync(TaskHandle handle, CancellationToken cancel, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await execution.RunAsync(handle, cancel, stop);
            }
            catch (Exception outage) when (AgentPipelines.IsTransient(outage, cancel) && !cancel.IsCancellationRequested)
            {
                if (outage is QueueAbsentException)
                {
                    // The run may be over: the answer to a hello says so.
                    sayHello();
                }

                log.Retrying(nameof(TaskExecution), 1, options.Resilience.LongestDelay, outage.Message);
                await Task.Delay(options.Resilience.LongestDelay, clock, cancel);
            }
        }
    }

    private async Task<TaskEnd> TellAsync<T>(
        string intake, T message, MessageHeader header, TaskEnd end, CancellationToken cancel, CancellationToken stop)
        where T : class
    {
        try
        {
            await connection.SendAsync(intake, message, header, cancel);
        }
        catch (Exception lost) when (lost is OperationCanceledException || AgentPipelines.IsTransient(lost))
        {
            // The lease ends by silence then; a stopping agent tells at its next start.
            return stop.IsCancellationRequested || connection.IsCut ? TaskEnd.Interrupted : end;
        }

        return end;
    }

    /// <summary>
    /// Makes permanent what was staged, or forgets it: error feedback, own factors, the best adapter, the one trained alone and the control variate.
    /// Removes the body that was handed over.
    /// </summary>
    private void Settle(TaskHandle handle, bool counted)
    {
        own.Settle(handle.Offer.Header.RunId, UpdatePacking.TaskName(handle.Offer), counted);
        guard.Settle(handle.Offer, counted);
        variates.Settle(handle.Offer, counted);
        alone.Settle(handle.Offer, counted);
        if (handle.Entry.Claim is { } claim && blobs.Contains(claim.Sha256))
        {
            AdapterShape shape = AdapterPayload.Describe(blobs.ReadAll(claim.Sha256), long.MaxValue).Shape;
            feedbacks.Settle(handle.Offer.Header.RunId, shape, UpdatePacking.TaskName(handle.Offer), counted);
            blobs.Remove(claim.Sha256);
        }
    }

    private TimeSpan TimeLeft(TaskHandle handle)
    {
        TimeSpan cap = TimeSpan.FromMilliseconds(Math.Clamp(handle.Offer.HardCapMs, 0, (long)LongestCap.TotalMilliseconds));
        TimeSpan worked = clock.GetUtcNow() - handle.Entry.AcceptedAt;

        // A clock that was set back must not lengthen the task, one that was set forward ends it early.
        return cap - TimeSpan.FromTicks(Math.Clamp(worked.Ticks, 0, cap.Ticks));
    }

    private static (string Code, bool Retryable) Classify(Exception failure) => failure switch
    {
        TrainingDivergedException => ("Diverged", false),
        OutOfMemoryException => ("OutOfMemory", false),
        TrainerFailedException trainer => ("Trainer", trainer.Retryable),
        EngineLostException => ("EngineLost", true),
        AdapterFormatException or BlobRefusedException or InvalidDataException => ("Blob", true),
        _ => ("Internal", true),
    };
}
