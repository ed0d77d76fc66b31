using System.Formats.Tar;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Models;

public sealed class ModelStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string State => folder["state"];

    private ModelStore Store => ModelStore.Open(State, TimeProvider.System);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_model_is_found_again_after_a_restart_and_its_hashes_are_not_computed_anew()
    {
        string source = BaseModel.Write(folder["source"]);
        string added = await AddAsync("small", source);
        ModelManifest manifest = ModelManifest.Read(added)! with { Sha256 = new string('a', 64), ArchiveSha256 = new string('b', 64) };
        manifest.Write(added);

        ModelContent content = await new ModelArchives(Store).OfAsync(Assert.Single(Store.Folders));

        Assert.Equal((new string('a', 64), new string('b', 64)), (content.Sha256, content.Archive!.Sha256));
        Assert.Equal("olga", manifest.By);
    }

    [Fact]
    public async Task A_tar_as_programs_write_it_is_taken_with_its_folder_in_front()
    {
        string source = BaseModel.Write(folder["source"]);
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "./"), Stop);
            foreach (string file in Directory.GetFiles(source))
            {
                await writer.WriteEntryAsync(file, $"./{Path.GetFileName(file)}", Stop);
            }
        }

        tar.Position = 0;
        string added = await Store.AddAsync("small", tar, "olga", key: null, Stop);

        Assert.Equal(
            await ModelArchive.Of(source).HashAsync(Stop), ModelManifest.Read(added)!.ArchiveSha256);
    }

    [Fact]
    public async Task The_same_name_and_the_same_files_are_refused()
    {
        await AddAsync("small", BaseModel.Write(folder["source"]));

        ServiceRefusedException name = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => AddAsync("small", BaseModel.WriteDecoder(folder["other"])));
        ServiceRefusedException files = await Assert.ThrowsAsync<ServiceRefusedException>(() => AddAsync("again", folder["source"]));

        Assert.Equal((ProblemCode.Conflict, "there is a model 'small' already"), (name.Code, name.Message));
        Assert.Equal((ProblemCode.Conflict, "these are the files of model 'small', which is here already"), (files.Code, files.Message));
        Assert.Equal(["small"], Directory.GetFileSystemEntries(Path.Combine(State, "models")).Select(entry => Path.GetFileName(entry)));
    }

    public static TheoryData<string, string[]> Broken => new()
    {
        { "there is neither model.safetensors nor model.safetensors.index.json", ["model.safetensors"] },
        { "there is no config.json", ["config.json"] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task What_is_no_model_is_refused_with_what_is_missing_and_leaves_nothing(string why, string[] without)
    {
        string source = BaseModel.Write(folder["source"]);
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            foreach (string file in Directory.GetFiles(source).Where(file => !without.Contains(Path.GetFileName(file))))
            {
                await writer.WriteEntryAsync(file, Path.GetFileName(file), Stop);
            }
        }

        tar.Position = 0;
        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => Store.AddAsync("small", tar, "olga", key: null, Stop));

        Assert.Equal(ProblemCode.InvalidInput, refused.Code);
        Assert.StartsWith($"model 'small' was not added: the archive: {why}", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(State, "models")));
    }

    [Fact]
    public async Task A_body_that_is_no_tar_or_ends_early_is_refused()
    {
        byte[] whole = await BytesAsync(BaseModel.Write(folder["source"]));

        foreach (byte[] body in new[] { "no tar at all, but long enough for a header"u8.ToArray(), whole[..900], [] })
        {
            ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
                () => Store.AddAsync("small", new MemoryStream(body), "olga", key: null, Stop));
            Assert.Equal(ProblemCode.InvalidInput, refused.Code);
        }
    }

    [Fact]
    public async Task A_program_or_a_link_in_the_archive_is_refused_by_name()
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "config.json") { LinkName = "/etc/passwd" }, Stop);
        }

        tar.Position = 0;

        Assert.Equal(
            "model 'small' was not added: the archive holds 'config.json', which is not a plain file (SymbolicLink)",
            (await Assert.ThrowsAsync<ServiceRefusedException>(() => Store.AddAsync("small", tar, "olga", key: null, Stop))).Message);
    }

    [Fact]
    public async Task A_model_that_somebody_needs_is_put_back()
    {
        await AddAsync("small", BaseModel.Write(folder["source"]));

        ServiceRefusedException refused = await Assert.ThrowsAsync<ServiceRefusedException>(
            () => Store.RemoveAsync("small", () => Task.FromResult<IReadOnlyList<string>>(["run 'night' (1)"])));

        Assert.Equal("model 'small' is in use by run 'night' (1)", refused.Message);
        Assert.True(Store.Holds("small"));
        await Store.RemoveAsync("small", () => Task.FromResult<IReadOnlyList<string>>([]));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(State, "models")));
    }

    [Fact]
    public async Task A_service_that_died_in_between_keeps_what_was_added_and_loses_what_was_not()
    {
        string added = await AddAsync("small", BaseModel.Write(folder["source"]));
        string models = Path.GetDirectoryName(added)!;

        // It died while it asked whether anybody needs the one, and while it unpacked another.
        Directory.Move(added, Path.Combine(models, ".asked-small"));
        Directory.CreateDirectory(Path.Combine(models, ".under-way-x"));

        Assert.Equal([added], Store.Folders);
        Assert.Equal([added], Directory.GetFileSystemEntries(models));
    }

    [Fact]
    public async Task A_request_that_comes_again_while_it_is_being_done_adds_its_model_once()
    {
        ModelStore store = Store;
        byte[] archive = await BytesAsync(BaseModel.Write(folder["source"]));
        var held = new HeldStream(archive);
        Task<string> first = store.AddAsync("small", held, "olga", key: "one", Stop);
        await held.Asked.Task.InTimeAsync();

        string second = await store.AddAsync("small", new MemoryStream(archive), "olga", key: "one", Stop);
        held.Going.SetResult();

        Assert.Equal(second, await first.InTimeAsync());
        Assert.Equal([second], Directory.GetFileSystemEntries(Path.GetDirectoryName(second)!));
    }

    private async Task<string> AddAsync(string name, string source) =>
        await Store.AddAsync(name, new MemoryStream(await BytesAsync(source)), "olga", key: null, Stop);

    private static async Task<byte[]> BytesAsync(string source)
    {
        await using Stream archive = ModelArchive.Of(source).OpenRead();
        using var bytes = new MemoryStream();
        await archive.CopyToAsync(bytes, Stop);
        return bytes.ToArray();
    }

    /// <summary>Gives its bytes when it is told to.</summary>
    private sealed class HeldStream(byte[] bytes) : MemoryStream(bytes)
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Going { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Asked.TrySetResult();
            await Going.Task.WaitAsync(cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
