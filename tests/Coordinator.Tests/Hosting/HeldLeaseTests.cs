using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>The right to lead is given back when the service ends, whatever ends it; a killed process gives nothing back.</summary>
public sealed class HeldLeaseTests : IDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly ScriptedLease lease = new();

    public void Dispose() => ending.Dispose();

    [Fact]
    public async Task It_is_given_back_after_the_last_renewal()
    {
        await new HeldLease(lease, ending, isKilled: () => false).DisposeAsync();

        Assert.Equal(["renewing", "renewed", "released", "disposed"], lease.Calls);
    }

    [Fact]
    public async Task A_killed_service_gives_nothing_back()
    {
        await new HeldLease(lease, ending, isKilled: () => true).DisposeAsync();

        Assert.Equal(["renewing", "renewed", "disposed"], lease.Calls);
    }

    [Fact]
    public async Task Nothing_is_sent_once_it_has_lapsed()
    {
        await using var held = new HeldLease(lease, ending, isKilled: () => false);
        held.Require();

        lease.IsHeld = false;

        Assert.Throws<TermLostException>(held.Require);
    }

    /// <summary>Also while the service begins, and waits for something else than the lease.</summary>
    [Fact]
    public async Task A_loss_ends_the_service_whatever_it_does_and_is_told()
    {
        await using var held = new HeldLease(lease, ending, isKilled: () => false);
        var lost = new TermLostException("Another replica has taken over.");
        var ended = new TaskCompletionSource();
        await using CancellationTokenRegistration told = ending.Token.Register(ended.SetResult);

        lease.Lost.SetException(lost);

        await ended.Task.InTimeAsync();
        Assert.Same(lost, held.Loss);
        Assert.Same(lost, await Assert.ThrowsAsync<TermLostException>(() => held.Renewing));
    }

    [Fact]
    public async Task On_a_file_there_is_none_to_lose()
    {
        await using var held = new HeldLease(lease: null, ending, isKilled: () => false);

        held.Require();

        Assert.True(held.Renewing.IsCompletedSuccessfully);
    }

    private sealed class ScriptedLease : IServiceLease
    {
        public List<string> Calls { get; } = [];

        public bool IsHeld { get; set; } = true;

        public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task KeepAsync(CancellationToken stop)
        {
            Calls.Add("renewing");
            await Lost.Task.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Lost.Task.IsFaulted)
            {
                await Lost.Task;
            }

            Calls.Add("renewed");
        }

        public void Release() => Calls.Add("released");

        public void Dispose() => Calls.Add("disposed");
    }
}
