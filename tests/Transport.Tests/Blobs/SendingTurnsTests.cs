using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Transport.Tests.Blobs;

public sealed class SendingTurnsTests : IDisposable
{
    private static readonly MessageStamp Stamp = new(Guid.NewGuid(), TimeProvider.System);

    private readonly SendingTurns turns = new(new TransferLimits { AnsweredInAll = 2, WaitingPerAgent = 4 });
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private readonly List<BlobWanted> answered = [];
    private int now;
    private int most;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => turns.Dispose();

    [Fact]
    public async Task Two_hundred_questions_about_a_body_are_answered_twice_and_the_last_by_the_newest()
    {
        BlobWanted[] questions = [.. Enumerable.Range(0, 200).Select(i => Question("a", i))];
        Task[] asked = [.. questions.Select(question => Ask("agent-1", question))];

        release.SetResult();
        await Task.WhenAll(asked);

        Assert.Equal([questions[0], questions[^1]], answered);
    }

    [Fact]
    public async Task One_agent_is_answered_once_at_a_time_and_further_bodies_are_dropped()
    {
        Task[] asked = [.. Enumerable.Range(0, 20).Select(i => Ask("agent-1", Question($"body-{i}", i)))];

        release.SetResult();
        await Task.WhenAll(asked);

        Assert.Equal(5, answered.Count);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task So_many_agents_are_answered_at_a_time_and_all_in_the_end()
    {
        Task[] asked = [.. Enumerable.Range(0, 20).Select(i => Ask($"agent-{i}", Question("a", i)))];

        release.SetResult();
        await Task.WhenAll(asked);

        Assert.Equal(20, answered.Count);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task A_question_that_failed_stands_in_nobodys_way()
    {
        release.SetResult();

        await Assert.ThrowsAsync<IOException>(() => turns.RunAsync("agent-1", Question("a", 0), (_, _) => throw new IOException("no disk"), Stop));
        await Ask("agent-1", Question("a", 1));

        Assert.Single(answered);
    }

    private static BlobWanted Question(string body, int first) =>
        new() { Header = Stamp.About(nameof(BlobWanted), "agent-1"), Sha256 = body, Missing = [first] };

    private Task Ask(string agent, BlobWanted question) => turns.RunAsync(
        agent,
        question,
        async (newest, _) =>
        {
            lock (gate)
            {
                answered.Add(newest);
                most = Math.Max(most, ++now);
            }

            await release.Task;
            await Task.Yield();
            lock (gate)
            {
                now--;
            }
        },
        Stop);
}
