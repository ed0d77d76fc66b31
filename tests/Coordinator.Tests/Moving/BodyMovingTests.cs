using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Moving;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Given.ObjectStore;
using EdgeFlora.Coordinator.Tests.Hosting;
using EdgeFlora.Coordinator.Tests.Store.S3;

namespace EdgeFlora.Coordinator.Tests.Moving;

/// <summary>A stopped service's bodies come to another place, from which it goes on.</summary>
public sealed class BodyMovingTests(PostgresFixture postgres, SwiftFixture swift) : SharedStateTests(postgres)
{
    private readonly List<string> told = [];

    [Theory]
    [InlineData(BodyPlace.Folder, BodyPlace.S3)]
    [InlineData(BodyPlace.S3, BodyPlace.Folder)]
    [InlineData(BodyPlace.Postgres, BodyPlace.S3)]
    [InlineData(BodyPlace.S3, BodyPlace.Postgres)]
    [InlineData(BodyPlace.Folder, BodyPlace.Postgres)]
    [InlineData(BodyPlace.Postgres, BodyPlace.Folder)]
    public async Task Runs_go_on_and_are_proven_where_their_bodies_are_now(BodyPlace before, BodyPlace after)
    {
        using var elsewhere = new TemporaryFolder();
        PostgresOptions database = await NewAsync();
        var from = new ServicePlace(Folder["state"], await WithAsync(database, before));
        var to = new ServicePlace(elsewhere["state"], await WithAsync(database, after));
        (Guid over, Guid open) = await StoppedAsync(from.Database);
        byte[] key = await File.ReadAllBytesAsync(Path.Combine(from.StateFolder, "provenance-key.pem"), Stop);

        MovedBodies moved = await MoveAsync(from, to);
        MovedBodies again = await MoveAsync(from, to);

        Assert.True(moved is { Bodies: > 3, WasDone: false } && moved.Copied == moved.Bodies && moved.Bytes > 0);

        // With what bodies that are not needed any more had left.
        Assert.True(before == BodyPlace.S3 ? moved.Removed >= moved.Bodies : moved.Removed == 0);
        Assert.Equal(new MovedBodies(0, 0, 0, WasDone: true, Removed: 0), again);
        Assert.Contains(told, sentence => sentence.EndsWith("bodies are read back", StringComparison.Ordinal));
        if (from.Database.S3 is { } bucket)
        {
            Assert.Equal(0, await (await swift.ServerAsync()).CountAsync(bucket.Bucket));
        }

        await using FleetRig rig = await FleetRig.StartAsync(elsewhere, postgres: to.Database);
        if (after != BodyPlace.Folder)
        {
            rig.StateFolder = elsewhere["another machine"];
            await rig.RestartAsync();
        }

        Assert.Equal(key, await File.ReadAllBytesAsync(Path.Combine(rig.StateFolder, "provenance-key.pem"), Stop));
        await rig.AddAsync(null, Agents);
        Assert.Equal(RunStatus.Completed, (await rig.OutcomeAsync(open)).Status);
        Assert.Equal([1, 2, 3], (await rig.FindAsync(open)).Rounds.Select(round => round.Round));
        Assert.Equal((3, (string?)null), await ProofAsync(rig, over));
    }

    [Fact]
    public async Task What_ends_in_between_changes_nothing_for_the_service_and_goes_on_where_it_was()
    {
        PostgresOptions database = await NewAsync();
        var from = new ServicePlace(Folder["state"], database);
        var to = new ServicePlace(Folder["state"], await WithAsync(database, BodyPlace.S3));
        (Guid over, _) = await StoppedAsync(database);
        string last = Directory.EnumerateFiles(Path.Combine(Folder["state"], "blobs"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file).Length == 64).OrderBy(file => (Guid.Parse(file.Split('/')[^3]), Path.GetFileName(file))).Last();
        byte[] content = await File.ReadAllBytesAsync(last, Stop);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(last, content, Stop);

        string refusal = await RefusalAsync(from, to);

        Assert.Contains($"The body {Path.GetFileName(last)} of run", refusal, StringComparison.Ordinal);
        Assert.Contains("is damaged where it is", refusal, StringComparison.Ordinal);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(last, content, Stop);
        await using (FleetRig rig = await FleetRig.StartAsync(Folder, postgres: database))
        {
            Assert.Equal((3, (string?)null), await ProofAsync(rig, over));
        }

        MovedBodies moved = await MoveAsync(from, to);
        Assert.Equal(1, moved.Copied);
        Assert.True(moved.Bodies > 3);
        Assert.Equal(moved.Bodies, (await BucketRig.ListAsync(to.Database.S3!)).Count);
    }

    [Fact]
    public async Task A_coordinator_at_work_and_settings_that_are_not_the_services_are_refused()
    {
        PostgresOptions database = await NewAsync();
        S3Options bucket = (await WithAsync(database, BodyPlace.S3)).S3!;
        var inFolder = new ServicePlace(Folder["state"], database);
        var inDatabase = new ServicePlace(Folder["state"], database.With(keepsBodies: true));
        var inBucket = new ServicePlace(Folder["state"], database.With(s3: bucket));
        Assert.Equal($"{database} holds no service; there is nothing to move.", await RefusalAsync(inFolder, inBucket));
        await using (FleetRig rig = await FleetRig.StartAsync(Folder, postgres: database))
        {
            await rig.AddAsync(null, Agents);
            await rig.OutcomeAsync(await rig.SubmitAsync("in folders", rounds: 1));

            string atWork = await RefusalAsync(inFolder, inBucket);
            Assert.StartsWith($"A coordinator is at work on {database}: ", atWork, StringComparison.Ordinal);
            Assert.EndsWith("leads; stop all of them first. Nothing was copied.", atWork, StringComparison.Ordinal);
        }

        Assert.StartsWith(
            $"The service in {database} keeps its bodies in a state folder (store.bodies left out), which --from does not say;",
            await RefusalAsync(inDatabase, inBucket),
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"--from and --config both say that bodies are in {bucket};", await RefusalAsync(inBucket, inBucket), StringComparison.Ordinal);
        Assert.StartsWith(
            $"--from is of a service in {database}, and --config of one in PostgreSQL database 'd'",
            await RefusalAsync(inFolder, new ServicePlace(Folder["state"], PostgresOptions.Read("postgres://u@h/d", "--store").With(s3: bucket))),
            StringComparison.Ordinal);
        Assert.Empty(await BucketRig.ListAsync(bucket));
        await using FleetRig again = await FleetRig.StartAsync(Folder, postgres: database);
        Assert.NotNull(again.Host);
    }

    private static async Task<(int Results, string? Problem)> ProofAsync(FleetRig rig, Guid run)
    {
        RoundVerification verified = await rig.Runs.VerifyAsync(run, round: 1, Stop);
        return (verified.Results, verified.Problem);
    }

    /// <summary>A service with a run that is over and one whose second round is open, stopped.</summary>
    private async Task<(Guid Over, Guid Open)> StoppedAsync(PostgresOptions place)
    {
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place);
        await rig.AddAsync((offer, stop) => offer.Header.Round == 2 ? new TaskCompletionSource().Task.WaitAsync(stop) : Task.CompletedTask, Agents);
        Guid over = await rig.SubmitAsync("over", rounds: 1, but: spec => spec with { Retention = spec.Retention with { Results = 1 } });
        await rig.OutcomeAsync(over);
        Guid open = await rig.SubmitAsync("open", rounds: 3);
        await rig.Events.SeenAsync(e => e.RunId == open && e is { Kind: RunEventKind.RoundOpened, Round: 2 });
        return (over, open);
    }

    private Task<MovedBodies> MoveAsync(ServicePlace from, ServicePlace to) => new BodyMoving(from, to, TimeProvider.System, told.Add).RunAsync(Stop);

    private async Task<string> RefusalAsync(ServicePlace from, ServicePlace to) =>
        (await Assert.ThrowsAsync<StateFolderException>(() => MoveAsync(from, to))).Message;

    private async Task<PostgresOptions> WithAsync(PostgresOptions database, BodyPlace place) => place == BodyPlace.S3
        ? database.With(s3: await (await swift.ServerAsync()).NewBucketAsync())
        : database.With(keepsBodies: place == BodyPlace.Postgres);
}
