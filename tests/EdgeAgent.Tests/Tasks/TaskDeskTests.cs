using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class TaskDeskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_offer_is_in_the_journal_when_it_has_been_taken()
    {
        TaskDesk desk = Desk();

        desk.Offered(Offers.Bare());

        Assert.Single(Journal().Open());
        Assert.True(desk.Waiting.TryRead(out _));
    }

    [Fact]
    public void The_same_offer_twice_is_one_task_while_it_lasts_and_after_it_ended()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare());
        desk.Offered(Offers.Bare());
        TaskHandle handle = Take(desk);

        desk.Close(handle);
        desk.Offered(Offers.Bare());

        Assert.False(desk.Waiting.TryRead(out _));
        Assert.Empty(Journal().Open());
    }

    [Fact]
    public void A_later_epoch_takes_the_place_of_an_earlier_one_and_keeps_its_journal_entry()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare(epoch: 1));
        desk.Offered(Offers.Bare(epoch: 3));
        desk.Offered(Offers.Bare(epoch: 2));
        (TaskHandle first, TaskHandle second) = (Take(desk), Take(desk));

        desk.Close(first);

        Assert.True(first.Unwanted.IsCancellationRequested);
        Assert.False(second.Unwanted.IsCancellationRequested);
        Assert.Equal(3, Assert.Single(Journal().Open()).Offer.Header.LeaseEpoch);
        Assert.False(desk.Waiting.TryRead(out _));
    }

    [Fact]
    public void Training_of_a_later_round_supersedes_and_of_an_earlier_one_is_ignored()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare(round: 2));
        desk.Offered(Offers.Bare(round: 3));
        desk.Offered(Offers.Bare(round: 1));

        Assert.True(Take(desk).Unwanted.IsCancellationRequested);
        TaskHandle last = Take(desk);
        Assert.Equal((3, false), (last.Offer.Header.Round, last.Unwanted.IsCancellationRequested));
        Assert.False(desk.Waiting.TryRead(out _));
    }

    [Fact]
    public void Measurements_wait_for_each_other()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare(round: 1, kind: TaskKind.Evaluate));
        desk.Offered(Offers.Bare(round: 2, kind: TaskKind.Evaluate));

        Assert.False(Take(desk).Unwanted.IsCancellationRequested);
        Assert.False(Take(desk).Unwanted.IsCancellationRequested);
    }

    [Fact]
    public void A_cancel_of_an_earlier_epoch_does_not_reach_a_later_one()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare(epoch: 2));
        TaskHandle handle = Take(desk);

        desk.Cancelled(new TaskCancelled { Header = Offers.Bare(epoch: 1).Header, Reason = CancelReason.Superseded });
        Assert.False(handle.Unwanted.IsCancellationRequested);
        desk.Cancelled(new TaskCancelled { Header = Offers.Bare(epoch: 2).Header, Reason = CancelReason.RoundClosed });
        Assert.True(handle.Unwanted.IsCancellationRequested);
    }

    [Fact]
    public void A_hello_tells_of_the_task_in_hand_and_whether_it_is_trained()
    {
        TaskDesk desk = Desk();
        desk.Offered(Offers.Bare(round: 4, epoch: 2));
        TaskHandle handle = Take(desk);
        handle.Progress.Set(TaskPhase.Training, step: 9, total: 20);
        Assert.Equal((2, 9, false), (desk.OpenTasks[0].LeaseEpoch, desk.OpenTasks[0].Step, desk.OpenTasks[0].Trained));

        handle.Entry = handle.Entry with { Stage = JournalStage.Packed };
        Assert.True(desk.OpenTasks[0].Trained);
        desk.Close(handle);
        Assert.Empty(desk.OpenTasks);
    }

    [Fact]
    public void After_a_restart_the_desk_goes_on_with_the_journal()
    {
        Desk().Offered(Offers.Bare(round: 5));
        TaskDesk restarted = Desk();

        restarted.Resume();

        Assert.Equal(5, Take(restarted).Offer.Header.Round);
    }

    private TaskJournal Journal() => new(folder.Path, NullLogger.Instance);

    private TaskDesk Desk() => new(Journal(), TimeProvider.System, NullLogger.Instance);

    private static TaskHandle Take(TaskDesk desk) => desk.Waiting.TryRead(out TaskHandle? handle) ? handle : throw new InvalidOperationException("No task waits.");
}
