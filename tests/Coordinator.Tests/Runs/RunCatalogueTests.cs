using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Runs;

public sealed class RunCatalogueTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// Whoever changes an entry waits for the store, which a run's loop may have in its hands while it reads here: one would wait for the other for
    /// ever.
    /// </summary>
    [Fact]
    public void It_is_read_while_an_entry_is_being_changed()
    {
        var database = new SqliteDatabase(folder["state.db"]);
        using ServiceStore store = ServiceStore.TryLead(database, "test", new StoreAccess { Time = TimeProvider.System })!;
        var catalogue = new RunCatalogue(store, folder["state"], TimeProvider.System);
        var entry = new RunEntry
        {
            Id = Guid.NewGuid(),
            SubmittedAt = DateTimeOffset.UnixEpoch,
            Options = Settings.For(folder),
            State = RunState.Queued,
        };
        catalogue.Add(entry);
        (RunEntry? Found, int All)? read = null;

        catalogue.Change(
            entry.Id,
            before =>
            {
                Task<(RunEntry?, int)> reading = Task.Run(() => (catalogue.Find(entry.Id), catalogue.All().Count));
                read = reading.Wait(LimitedWait.Limit) ? reading.Result : null;
                return before with { Note = "changed" };
            },
            command: null);

        Assert.Equal((null, 1), (read?.Found?.Note, read?.All));
        Assert.Equal("changed", catalogue.Find(entry.Id)!.Note);
    }
}
