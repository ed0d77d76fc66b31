using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Models;

public sealed class ModelArchivesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ModelArchives archives = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Chunks_of_any_size_make_the_body_that_was_claimed()
    {
        ModelContent content = await archives.OfAsync(BaseModel.Write(folder["model"]));
        BlobClaim claim = content.Archive!;
        var store = new BlobStore(folder["agent"]);

        ChunkOutcome? last = null;
        for (int index = 0; index < (claim.Size + 999) / 1000; index++)
        {
            BlobChunk chunk = archives.ReadChunk(claim.Sha256, index, "a", 1000)!;
            last = store.AddChunk(claim, chunk);
        }

        Assert.Equal(ChunkOutcome.BodyComplete, last);
        Assert.Equal(await SafetensorsSet.HashAsync(folder["model"], Stop), content.Sha256);
        Assert.Null(archives.ReadChunk(claim.Sha256, (int)(claim.Size / 1000) + 1, "a", 1000));
        Assert.Null(archives.ReadChunk(claim.Sha256, -1, "a", 1000));
        Assert.Null(archives.ReadChunk(content.Sha256, 0, "a", 1000));
    }

    [Fact]
    public async Task A_folder_is_read_once_and_again_when_a_file_of_it_has_changed()
    {
        string model = BaseModel.Write(folder["model"]);
        Task<ModelContent> first = archives.OfAsync(model);
        Assert.Same(first, archives.OfAsync(model));

        await File.WriteAllTextAsync(Path.Combine(model, "README.md"), "what it is", Stop);
        ModelContent second = await archives.OfAsync(model);

        Assert.Equal((await first).Sha256, second.Sha256);
        Assert.NotEqual((await first).Archive!.Sha256, second.Archive!.Sha256);
    }

    [Fact]
    public async Task Nothing_is_handed_out_of_a_folder_that_is_not_what_it_was()
    {
        string model = BaseModel.Write(folder["model"]);
        BlobClaim claim = (await archives.OfAsync(model)).Archive!;
        await File.AppendAllTextAsync(Path.Combine(model, "config.json"), " ", Stop);

        Assert.Null(archives.ReadChunk(claim.Sha256, 0, "a", 0));
    }
}
