using System.Data.Common;
using System.Threading.Channels;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The run's single writer: takes one input at a time, stores its effects in one transaction, then lets its messages go.</summary>
internal sealed class RunLoop(
    RunFacts facts, LiveRun state, RunStore store, RunClock clock, TimeProvider time, RunRouter router, EvaluationHandler evaluations,
    RunFinish finish, Outbox outbox, OutgoingQueue outgoing, RunOutput output, RunHooks hooks, ILogger log)
{
    /// <summary>At least so often the run clock is made durable, and with it that this coordinator still holds the term. Milliseconds.</summary>
    private const long RenewEveryMs = 5000;

    private const string Stopping = "This coordinator stops before the message is stored.";

    private readonly Channel<(object Input, long At, TaskCompletionSource? Stored)> inputs =
        Channel.CreateUnbounded<(object, long, TaskCompletionSource?)>(new UnboundedChannelOptions { SingleReader = true });

    private long renewedAt;
    private volatile bool hasEnded;

    /// <summary>
    /// Hands a message from outside over; completes once its effects are stored, or the run has ended. One that is not whole is dropped.
    /// </summary>
    /// <exception cref="NotStoredException">This coordinator stops before the message's effects are stored.</exception>
    public Task PostAsync(object message)
    {
        if (!MessageCheck.IsWhole(message))
        {
            log.MessageDropped(message.GetType().Name);
            return Task.CompletedTask;
        }

        return AskAsync(message);
    }

    /// <summary>Hands an input of the coordinator's own over; completes once its effects are stored, or the run has ended.</summary>
    /// <exception cref="NotStoredException">This coordinator stops before the input's effects are stored.</exception>
    public Task AskAsync(object input)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return inputs.Writer.TryWrite((input, clock.Now, stored)) ? stored.Task
            : hasEnded ? Task.CompletedTask
            : Task.FromException(new NotStoredException(Stopping));
    }

    /// <summary>Hands an input of the coordinator's own over and does not wait.</summary>
    public void Post(object input) => inputs.Writer.TryWrite((input, clock.Now, null));

    /// <summary>Handles inputs until the run has ended.</summary>
    /// <param name="first">What this coordinator does first: begin the run, or take it over.</param>
    /// <exception cref="TermLostException">Another coordinator has taken over.</exception>
    public async Task<RunEnd> RunAsync(Action<Step> first, CancellationToken stop)
    {
        await using ITimer timer = time.CreateTimer(_ => Post(new Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            Handle(first, clock.Now);
            while (state.End is null)
            {
                Arm(timer);
                (object input, long at, TaskCompletionSource? stored) = await inputs.Reader.ReadAsync(stop);
                try
                {
                    Handle(step => router.Handle(input, step), at);
                    stored?.TrySetResult();
                }
                catch (Exception failure)
                {
                    // Not acknowledged, for nothing of it is stored; but the consumer must not hold on to its delivery, or its queue could never be
                    // closed.
                    stored?.TrySetException(IsOfStoring(failure) ? new NotStoredException(Stopping, failure) : failure);
                    throw;
                }
            }

            hasEnded = true;
            return state.End;
        }
        finally
        {
            Close();
        }
    }

    /// <summary>
    /// Instead of <see cref="RunAsync"/> for a run that has ended: sends what a dead coordinator left in the outbox, and lets go of whatever comes
    /// in.
    /// </summary>
    public void SendLeftOver()
    {
        hasEnded = true;
        Close();
        outbox.TakeNew(clock.Now).ForEach(outgoing.Add);
    }

    /// <summary>
    /// Takes no more inputs. A run that has ended needs none of what is left; otherwise it goes back to its queue, for whoever leads the run next.
    /// </summary>
    private void Close()
    {
        inputs.Writer.TryComplete();
        while (inputs.Reader.TryRead(out (object Input, long At, TaskCompletionSource? Stored) left))
        {
            if (hasEnded)
            {
                left.Stored?.TrySetResult();
            }
            else
            {
                left.Stored?.TrySetException(new NotStoredException(Stopping));
            }
        }
    }

    /// <summary>Whether storing failed, and not the handling of a message, which would fail every time it is delivered.</summary>
    private static bool IsOfStoring(Exception failure) =>
        failure is DbException or StateFolderException or StoreUnavailableException or TermLostException or IOException or UnauthorizedAccessException
            or OperationCanceledException;

    private void Handle(Action<Step> work, long at)
    {
        using StoreTransaction transaction = store.Begin(clock.Now);
        var step = new Step(transaction, facts, state, at);
        work(step);
        if (step.Happened.Any(happened => happened.Kind == RunEventKind.RoundOpened) && !state.Paused)
        {
            step.State(Contracts.Api.RunState.Running, reason: null);
        }

        EndIfOver(step);
        if (transaction.HasWrites || clock.Now >= renewedAt + RenewEveryMs)
        {
            transaction.Renew();
            outbox.RemoveSent(transaction);
            renewedAt = clock.Now;
        }

        transaction.Commit();
        step.Happened.ForEach(facts.Telemetry.Happened);
        foreach (Outgoing message in (transaction.HasWrites ? outbox.TakeNew(clock.Now) : []).Concat(step.Answers))
        {
            outgoing.Add(message);
        }

        step.Afterwards.ForEach(action => action());
        if (step.NewState is { } becomes)
        {
            hooks.StateChanged(becomes.State, becomes.Reason);
        }

        step.Happened.ForEach(hooks.Happened);
        step.Noticed.ForEach(hooks.Happened);
        hooks.Stepped(state, clock.Now);
        state.Touched.Clear();
        step.Happened.ForEach(happened => log.Happened(happened.Kind.ToString(), happened.Round, happened.AgentId, happened.Code, happened.Detail));
    }

    /// <summary>
    /// The run ends when its rounds are over and evaluations are in or overdue: the output is written first, so that an ended run always has it.
    /// </summary>
    private void EndIfOver(Step step)
    {
        if (state.End is null && finish.Advance(step))
        {
            evaluations.CancelAll(step);
            state.End = new RunEnd(Failure: null, state.Ending, output.Shortfall());
        }

        if (state.End is not { } end)
        {
            return;
        }

        if (state.Published is null && evaluations.Quality.Choice is { } chosen)
        {
            // It was cancelled, or failed with models: one of them is its own all the same.
            state.Published = chosen;
            step.Store.SetPublished(chosen);
        }

        RunStatus status = RunOutput.StatusOf(end);
        RunEventKind kind = status switch
        {
            RunStatus.Failed => RunEventKind.RunFailed,
            RunStatus.Incomplete => RunEventKind.RunIncomplete,
            _ => RunEventKind.RunCompleted,
        };
        step.Event(kind, state.Round?.Number ?? 0, detail: end.Detail);
        step.State(Enum.Parse<Contracts.Api.RunState>(status.ToString()), end.Detail);
        step.Store.Effect("end");
        output.Write(end);
    }

    private void Arm(ITimer timer)
    {
        long next = renewedAt + RenewEveryMs;
        next = Math.Min(next, state.Round is { IsOver: false } round ? round.NextTimer(clock.Now, facts.Rules) ?? next : next);
        next = Math.Min(next, evaluations.NextTimer ?? next);
        next = Math.Min(next, state.EndBy ?? next);
        next = Math.Min(next, state.Silences.Next ?? next);

        timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, next - clock.Now)), Timeout.InfiniteTimeSpan);
    }
}
