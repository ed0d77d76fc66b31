using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Store;

public sealed class SqliteServiceStoreTests : ServiceStoreTests
{
    private readonly TemporaryFolder folder = new();

    private protected override IStoreDatabase Database => field ??= new SqliteDatabase(folder["state.db"]);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        folder.Dispose();
    }
}
