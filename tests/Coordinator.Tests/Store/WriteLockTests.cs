using System.Runtime.CompilerServices;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Buses;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Coordinator.Tests.Store;

/// <summary>Another process, such as a backup, holds the lock of the state database.</summary>
public sealed class WriteLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_message_waits_unacknowledged_for_as_long_as_it_takes_and_is_stored_when_the_lock_is_free()
    {
        var time = new FakeTimeProvider();
        CoordinatorOptions options = Settings.For(folder);
        await using RunRig rig = await RunRig.StartAsync(options, time);
        await rig.HelloAllAsync("a", "b", "c");
        TaskOffer offer = await rig.OfferAsync("a");
        Task posted;
        using (HoldLock(options))
        {
            posted = rig.PostAsync(new TaskAccepted { Header = rig.Reply(offer.Header, nameof(TaskAccepted)) });
            await AdvanceUntilAsync(time, () => !rig.Waited.IsEmpty, TimeSpan.Zero);
            await AdvanceUntilAsync(time, () => rig.Waited.Any(waited => waited >= TimeSpan.FromMinutes(20)));

            Assert.False(posted.IsCompleted);
            Assert.False(rig.Outcome.IsCompleted);
            Assert.InRange(rig.Waited.Count, 2, 21);
        }

        await AdvanceUntilAsync(time, () => posted.IsCompleted);

        await posted;
        using SqliteConnection reading = Open(options);
        Assert.Contains(
            new RunReader(reading, rig.Facts.RunId.ToString()).Tasks(nameof(TaskKind.Train)),
            task => task.Task.Agent == "a" && task.Task.Taken);
    }

    [Fact]
    public async Task A_coordinator_that_is_stopped_while_it_waits_ends_and_gives_back_what_it_has_not_stored()
    {
        CoordinatorOptions options = Settings.For(folder);
        RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a", "b", "c");
        TaskOffer offer = await rig.OfferAsync("a");
        using SqliteTransaction held = HoldLock(options);
        Task stuck = rig.PostAsync(new TaskAccepted { Header = rig.Reply(offer.Header, nameof(TaskAccepted)) });
        Task behind = rig.HeartbeatAsync("b", boot: 1);

        await rig.DisposeAsync();

        await Assert.ThrowsAsync<NotStoredException>(() => stuck);
        await Assert.ThrowsAsync<NotStoredException>(() => behind);
        await Assert.ThrowsAsync<NotStoredException>(() => rig.HeartbeatAsync("c", boot: 1));
    }

    [Fact]
    public void A_service_waits_too_when_it_stores_something_and_when_it_opens_the_database()
    {
        CoordinatorOptions options = Settings.For(folder);
        Directory.CreateDirectory(options.Store.StateFolder);
        ServiceStore.TryLead(new SqliteDatabase(options.Store.DatabaseFile), "first", new StoreAccess())!.Dispose();
        SqliteTransaction held = HoldLock(options);
        int told = 0;
        var access = new StoreAccess
        {
            OnLocked = _ =>
            {
                told++;
                held.Rollback();
            },
        };

        using ServiceStore store = ServiceStore.TryLead(new SqliteDatabase(options.Store.DatabaseFile), "second", access)!;
        held = HoldLock(options);
        store.SaveAgent("a", "{}", history: null);

        Assert.Equal((2, 2), (told, (int)store.Term));
        Assert.Equal("a", Assert.Single(store.Fleet()).Agent);
    }

    private static Task AdvanceUntilAsync(
        FakeTimeProvider time, Func<bool> reached, TimeSpan? by = null, [CallerArgumentExpression(nameof(reached))] string what = "") =>
        LimitedWait.StepUntilAsync(reached, () => time.Advance(by ?? TimeSpan.FromMilliseconds(250)), state: null, what);

    private static SqliteConnection Open(CoordinatorOptions options)
    {
        var connection = new SqliteConnection($"Data Source={options.Store.DatabaseFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private static SqliteTransaction HoldLock(CoordinatorOptions options) => Open(options).BeginTransaction(deferred: false);
}
