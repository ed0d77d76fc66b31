using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Tests.Models;

public sealed class LocalModelsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Models_are_known_by_hash_and_loaded_when_one_is_asked_for()
    {
        string tiny = TinyModel.Load(folder.In("tiny")).Sha256;
        string broken = BrokenModel();

        LocalModels models = await OpenAsync();

        Assert.Equal(["small", "bad"], models.References.Select(model => model.ModelId));
        Assert.Equal([tiny, broken], models.References.Select(model => model.Sha256));
        Assert.Equal((true, true, false), (models.Contains(tiny), models.Contains(broken), models.Contains("other")));
        Assert.Same(models.Load(tiny), models.Load(tiny));

        // Opening it did not load it: that is not possible.
        Assert.Throws<InvalidDataException>(() => models.Load(broken));
    }

    [Fact]
    public async Task What_was_let_go_of_is_loaded_again()
    {
        string tiny = TinyModel.Load(folder.In("tiny")).Sha256;
        BrokenModel();
        LocalModels models = await OpenAsync();
        BaseModel first = models.Load(tiny);

        models.Release();

        Assert.NotSame(first, models.Load(tiny));
    }

    [Fact]
    public async Task Hashes_are_found_out_once_and_again_when_a_file_has_changed()
    {
        string tiny = TinyModel.Load(folder.In("tiny")).Sha256;
        BrokenModel();
        await OpenAsync();
        string cache = await File.ReadAllTextAsync(folder.In("models.json"), TestContext.Current.CancellationToken);
        Assert.Contains(tiny, cache, StringComparison.Ordinal);

        // What the cache says is believed …
        await File.WriteAllTextAsync(
            folder.In("models.json"), cache.Replace(tiny, "remembered", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal("remembered", (await OpenAsync()).FirstSha256);

        // … until the file is another.
        File.SetLastWriteTimeUtc(Path.Combine(folder.In("tiny"), "model.safetensors"), DateTime.UnixEpoch);
        Assert.Equal(tiny, (await OpenAsync()).FirstSha256);
    }

    [Fact]
    public async Task Weights_that_changed_since_the_start_are_noticed()
    {
        string tiny = TinyModel.Load(folder.In("tiny")).Sha256;
        BrokenModel();
        LocalModels models = await OpenAsync();
        string file = Path.Combine(folder.In("tiny"), "model.safetensors");
        byte[] content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        content[^1] = 1;
        File.Delete(file);
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);

        Assert.Contains(
            "the weights have changed since the agent started",
            Assert.Throws<InvalidDataException>(() => models.Load(tiny)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_weights_is_named()
    {
        Directory.CreateDirectory(folder.In("empty"));

        var refusal = await Assert.ThrowsAsync<InvalidDataException>(
            () => LocalModels.OpenAsync(
                [ModelOptions.Of(folder.In("empty"))], WeightStorage.Mapped, folder.In("models.json"), TestContext.Current.CancellationToken));

        Assert.StartsWith(folder.In("empty"), refusal.Message, StringComparison.Ordinal);
    }

    private string BrokenModel()
    {
        string sha256 = TinyModel.Load(folder.In("broken")).Sha256;
        string weights = Path.Combine(folder.In("broken"), "model.safetensors");
        byte[] content = File.ReadAllBytes(weights);
        content[^1] = 7;
        File.Delete(weights);
        File.WriteAllBytes(weights, content);
        File.WriteAllText(Path.Combine(folder.In("broken"), "config.json"), "{}");
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)) is var other && other != sha256 ? other : sha256;
    }

    private Task<LocalModels> OpenAsync() => LocalModels.OpenAsync(
        [new ModelOptions("small", folder.In("tiny")), new ModelOptions("bad", folder.In("broken"))],
        WeightStorage.Mapped,
        folder.In("models.json"),
        TestContext.Current.CancellationToken);
}
