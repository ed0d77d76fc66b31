using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class TaskRegistryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_offer_is_in_the_journal_when_it_has_been_taken()
    {
        TaskRegistry registry = Registry();

        registry.Offered(Offers.Bare());

        Assert.Single(Journal().Open());
        Assert.True(registry.Waiting.TryRead(out _));
    }

    [Fact]
    public void The_same_offer_twice_is_one_task_while_it_lasts_and_after_it_ended()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare());
        registry.Offered(Offers.Bare());
        TaskHandle handle = Take(registry);

        registry.Close(handle);
        registry.Offered(Offers.Bare());

        Assert.False(registry.Waiting.TryRead(out _));
        Assert.Empty(Journal().Open());
    }

    [Fact]
    public void What_has_ended_here_is_done_again_for_a_later_coordinator_that_does_not_know_of_it()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Under(term: 1));
        registry.Offered(Under(term: 2));
        registry.Close(Take(registry));

        registry.Offered(Under(term: 2));
        Assert.False(registry.Waiting.TryRead(out _));
        registry.Offered(Under(term: 3));
        registry.Offered(Under(term: 3));

        Assert.Equal(3, Take(registry).Offer.Header.Term);
        Assert.False(registry.Waiting.TryRead(out _));
    }

    [Fact]
    public void An_earlier_round_supersedes_a_later_one_where_another_coordinator_is_in_it()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Under(term: 1, round: 4));
        registry.Offered(Under(term: 2, round: 2));

        Assert.True(Take(registry).Unwanted.IsCancellationRequested);
        Assert.Equal(2, Take(registry).Offer.Header.Round);
    }

    [Fact]
    public void A_later_epoch_takes_the_place_of_an_earlier_one_and_keeps_its_journal_entry()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare(epoch: 1));
        registry.Offered(Offers.Bare(epoch: 3));
        registry.Offered(Offers.Bare(epoch: 2));
        (TaskHandle first, TaskHandle second) = (Take(registry), Take(registry));

        registry.Close(first);

        Assert.True(first.Unwanted.IsCancellationRequested);
        Assert.False(second.Unwanted.IsCancellationRequested);
        Assert.Equal(3, Assert.Single(Journal().Open()).Offer.Header.LeaseEpoch);
        Assert.False(registry.Waiting.TryRead(out _));
    }

    [Fact]
    public void Training_of_a_later_round_supersedes_and_of_an_earlier_one_is_ignored()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare(round: 2));
        registry.Offered(Offers.Bare(round: 3));
        registry.Offered(Offers.Bare(round: 1));

        Assert.True(Take(registry).Unwanted.IsCancellationRequested);
        TaskHandle last = Take(registry);
        Assert.Equal((3, false), (last.Offer.Header.Round, last.Unwanted.IsCancellationRequested));
        Assert.False(registry.Waiting.TryRead(out _));
    }

    [Fact]
    public void Measurements_wait_for_each_other()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare(round: 1, kind: TaskKind.Evaluate));
        registry.Offered(Offers.Bare(round: 2, kind: TaskKind.Evaluate));

        Assert.False(Take(registry).Unwanted.IsCancellationRequested);
        Assert.False(Take(registry).Unwanted.IsCancellationRequested);
    }

    [Fact]
    public void A_cancel_of_an_earlier_epoch_does_not_reach_a_later_one()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare(epoch: 2));
        TaskHandle handle = Take(registry);

        registry.Cancelled(new TaskCancelled { Header = Offers.Bare(epoch: 1).Header, Reason = CancelReason.Superseded });
        Assert.False(handle.Unwanted.IsCancellationRequested);
        registry.Cancelled(new TaskCancelled { Header = Offers.Bare(epoch: 2).Header, Reason = CancelReason.RoundClosed });
        Assert.True(handle.Unwanted.IsCancellationRequested);
    }

    [Fact]
    public void What_a_later_coordinator_has_cancelled_and_then_offers_is_done_while_the_cancelled_work_still_ends()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Under(term: 1));
        TaskHandle ending = Take(registry);
        registry.Cancelled(new TaskCancelled { Header = Said(Under(term: 2), 7), Reason = CancelReason.Superseded });
        registry.Offered(Under(term: 2));
        TaskHandle wanted = Take(registry);

        registry.Close(ending);
        registry.Answered(wanted.Offer.Header, rejection: null);

        Assert.True(ending.Unwanted.IsCancellationRequested);
        Assert.False(wanted.Unwanted.IsCancellationRequested);
        Assert.True(wanted.Answer.IsCompletedSuccessfully);
        Assert.Equal(2, Assert.Single(Journal().Open()).Offer.Header.Term);
    }

    [Fact]
    public void A_cancel_that_was_said_before_the_offer_and_comes_after_it_is_not_about_it()
    {
        TaskRegistry registry = Registry();
        TaskOffer again = Under(term: 2);
        again = again with { Header = Said(again, 8) };
        registry.Offered(Under(term: 1));
        registry.Offered(again);
        TaskHandle handle = Take(registry);

        registry.Cancelled(new TaskCancelled { Header = Said(again, 7), Reason = CancelReason.Superseded });
        registry.Cancelled(new TaskCancelled { Header = Said(Under(term: 1), 9), Reason = CancelReason.Superseded });
        Assert.False(handle.Unwanted.IsCancellationRequested);
        registry.Cancelled(new TaskCancelled { Header = Said(again, 9), Reason = CancelReason.RoundClosed });
        Assert.True(handle.Unwanted.IsCancellationRequested);
    }

    [Fact]
    public void A_hello_tells_of_the_task_in_hand_and_whether_it_is_trained()
    {
        TaskRegistry registry = Registry();
        registry.Offered(Offers.Bare(round: 4, epoch: 2));
        TaskHandle handle = Take(registry);
        handle.Progress.Set(TaskPhase.Training, step: 9, total: 20);
        Assert.Equal((2, 9, false), (registry.OpenTasks[0].LeaseEpoch, registry.OpenTasks[0].Step, registry.OpenTasks[0].Trained));

        handle.Entry = handle.Entry with { Stage = JournalStage.Packed };
        Assert.True(registry.OpenTasks[0].Trained);
        registry.Close(handle);
        Assert.Empty(registry.OpenTasks);
    }

    [Fact]
    public void After_a_restart_the_registry_goes_on_with_the_journal()
    {
        Registry().Offered(Offers.Bare(round: 5));
        TaskRegistry restarted = Registry();

        restarted.Resume();

        Assert.Equal(5, Take(restarted).Offer.Header.Round);
    }

    private static TaskOffer Under(long term, int round = 1)
    {
        TaskOffer offer = Offers.Bare(round);
        return offer with { Header = offer.Header with { Term = term } };
    }

    /// <summary>The header as its sender's message of that number has it.</summary>
    private static MessageHeader Said(TaskOffer offer, long seq) => offer.Header with { Seq = seq };

    private TaskJournal Journal() => new(folder.Path, NullLogger.Instance);

    private TaskRegistry Registry() => new(Journal(), TimeProvider.System, NullLogger.Instance);

    private static TaskHandle Take(TaskRegistry registry) =>
        registry.Waiting.TryRead(out TaskHandle? handle) ? handle : throw new InvalidOperationException("No task waits.");
}
