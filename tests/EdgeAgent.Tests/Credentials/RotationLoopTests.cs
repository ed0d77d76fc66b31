using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Credentials;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Credentials;

public sealed class RotationLoopTests : IDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromDays(30);

    private readonly BrokerSketch broker = new();
    private readonly CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly RotationLoop loop;
    private bool joined = true;

    public RotationLoopTests()
    {
        CredentialRequests requests = null!;
        requests = new CredentialRequests(
            Guid.Empty,
            (_, _) => new MessageHeader { V = 6, MessageId = Guid.NewGuid(), AgentId = "pump-1", BootId = Guid.NewGuid(), Seq = 1 },
            () => "queue",
            async (change, stop) =>
            {
                requests.Answered((await broker.AnswerAsync(change.PasswordHash, stop))!);
                return true;
            },
            broker.Time);
        loop = new RotationLoop(Age, Guid.Empty, broker.Files, broker.Rotation(), requests, () => joined, broker.Time, NullLogger.Instance);
    }

    public void Dispose()
    {
        loop.Dispose();
        ending.Dispose();
        broker.Dispose();
    }

    [Fact]
    public async Task A_password_is_changed_when_it_is_old_and_the_next_one_in_its_turn()
    {
        await PassAsync(Age - TimeSpan.FromSeconds(1), RotationLoop.Look);
        Assert.Empty(broker.Asked);
        await PassAsync(TimeSpan.FromSeconds(1), RotationLoop.Look);
        Assert.Single(broker.Asked);
        await PassAsync(Age - TimeSpan.FromSeconds(1), RotationLoop.Look);
        Assert.Single(broker.Asked);
        await PassAsync(TimeSpan.FromSeconds(1), RotationLoop.Look);

        Assert.Equal(2, broker.Asked.Count);
        Assert.True(broker.Counts);
    }

    [Fact]
    public async Task The_services_wish_is_followed_at_once_and_once()
    {
        loop.Want();
        loop.Want();
        Task running = loop.RunAsync(ending.Token);
        await LimitedWait.UntilAsync(() => broker.Asked.Count > 0 && !broker.Files.HasNext);

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Single(broker.Asked);
        Assert.True(broker.Counts);
    }

    [Fact]
    public async Task A_wish_that_failed_is_tried_again_at_the_next_look_and_not_after_it_is_done()
    {
        broker.IsDown = true;
        loop.Want();
        await PassAsync(TimeSpan.Zero, RotationLoop.Look);
        Assert.Equal("first", broker.Password);
        broker.IsDown = false;

        await PassAsync(RotationLoop.Look, RotationLoop.Look);
        Assert.NotEqual("first", broker.Password);
        Assert.True(broker.Counts);
        int asked = broker.Asked.Count;
        await PassAsync(RotationLoop.Look, RotationLoop.Look);
        Assert.Equal(asked, broker.Asked.Count);
    }

    [Fact]
    public async Task A_wish_waits_while_another_process_changes_the_password_and_ends_with_a_refusal()
    {
        loop.Want();
        using (broker.Files.TryTake())
        {
            await PassAsync(TimeSpan.Zero, RotationLoop.Look);
        }

        broker.Refusal = "this service has no broker.management";
        await PassAsync(RotationLoop.Look, RotationLoop.AfterRefusal);
        await PassAsync(RotationLoop.AfterRefusal, RotationLoop.Look);

        Assert.Single(broker.Asked);
    }

    [Fact]
    public async Task A_refusal_is_believed_for_a_day()
    {
        broker.Refusal = "this service has no broker.management";

        await PassAsync(Age, RotationLoop.AfterRefusal);

        Assert.Equal("first", broker.Password);
    }

    [Fact]
    public async Task A_failure_is_tried_again_soon()
    {
        broker.IsDown = true;
        await PassAsync(Age, RotationLoop.Look);
        Assert.Equal("first", broker.Password);
        broker.IsDown = false;

        await PassAsync(RotationLoop.Look, RotationLoop.Look);

        Assert.True(broker.Counts);
        Assert.NotEqual("first", broker.Password);
    }

    [Fact]
    public async Task Nothing_is_asked_for_while_there_is_no_service()
    {
        joined = false;
        await PassAsync(2 * Age, RotationLoop.Soon);
        Assert.Empty(broker.Asked);
        joined = true;

        await PassAsync(RotationLoop.Soon, RotationLoop.Look);

        Assert.True(broker.Counts);
    }

    /// <summary>Lets time pass and looks.</summary>
    /// <param name="then">How long it then waits.</param>
    private async Task PassAsync(TimeSpan time, TimeSpan then)
    {
        broker.Time.Advance(time);
        Assert.Equal(then, await loop.LookAsync(ending.Token));
    }
}
