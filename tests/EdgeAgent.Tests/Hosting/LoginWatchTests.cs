using EdgeFlora.EdgeAgent.Hosting;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.EdgeAgent.Tests.Hosting;

public sealed class LoginWatchTests
{
    private const string Waits = "the broker accepts this agent's user no longer; trying for 5 min, for the service may be making it again";

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    private readonly List<string> said = [];
    private int asked;
    private int attached;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_goes_on_refusing_is_believed_after_the_grace()
    {
        using LoginWatch watch = Watch(Grace, _ => false);

        watch.Refused();
        watch.Refused();
        await watch.RunAsync(Stop);

        Assert.Equal(61, asked);
        Assert.Equal([Waits], said);
        Assert.Equal(0, attached);
    }

    [Fact]
    public async Task A_user_that_is_back_has_the_queues_attached_again_and_a_later_refusal_has_its_own_time()
    {
        LoginWatch? watch = null;
        watch = Watch(Grace, count => count == 40, () => watch!.Refused());
        using (watch)
        {
            watch.Refused();
            await watch.RunAsync(Stop);
        }

        Assert.Equal(40 + 61, asked);
        Assert.Equal([Waits, "the broker accepts this agent's user again", Waits], said);
        Assert.Equal(1, attached);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_refuses_nobody()
    {
        using LoginWatch watch = Watch(Grace, count => count switch
        {
            < 500 => throw new BrokerUnreachableException("it is down"),
            _ => false,
        });

        watch.Refused();
        await watch.RunAsync(Stop);

        Assert.Equal(499 + 61, asked);
    }

    [Fact]
    public async Task Without_grace_the_first_refusal_counts()
    {
        using LoginWatch watch = Watch(TimeSpan.Zero, _ => true);

        watch.Refused();
        await watch.RunAsync(Stop);

        Assert.Equal(0, asked);
        Assert.Empty(said);
    }

    private LoginWatch Watch(TimeSpan grace, Func<int, bool> isAccepted, Action? whenAttached = null) => new(
        grace,
        _ => Task.FromResult(isAccepted(++asked)),
        _ =>
        {
            attached++;
            whenAttached?.Invoke();
            return Task.CompletedTask;
        },
        new LeapingTime(TimeSpan.FromSeconds(1)),
        said.Add);
}
