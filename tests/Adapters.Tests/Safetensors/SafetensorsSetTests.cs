using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Safetensors;

public sealed class SafetensorsSetTests
{
    [Fact]
    public async Task Shards_read_as_one_set()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("a.safetensors"), [new TensorData("x", [1], new[] { 1f }), new TensorData("y", [1], new[] { 2f })]);
        SafetensorsWriter.Write(folder.File("b.safetensors"), [new TensorData("z", [1], new[] { 3f })]);
        WriteIndex(folder, """{"metadata":{"total_size":12},"weight_map":{"x":"a.safetensors","y":"a.safetensors","z":"b.safetensors"}}""");

        using SafetensorsSet set = SafetensorsSet.Open(folder.Path);
        string hash = await SafetensorsSet.HashAsync(folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal(["x", "y", "z"], set.Tensors.Keys);
        Assert.Equal([1f, 2f, 3f], set.Tensors.Keys.SelectMany(set.ReadSingles));
        string lines = string.Concat(
            new[] { "a", "b" }.Select(s => $"{ContentHash.Sha256(File.ReadAllBytes(folder.File(s + ".safetensors")))}  {s}.safetensors\n"));
        Assert.Equal(ContentHash.Sha256(System.Text.Encoding.ASCII.GetBytes(lines)), hash);
    }

    [Fact]
    public async Task A_single_file_is_a_set_too()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("model.safetensors"), [new TensorData("x", [1], new[] { 1f })]);

        using SafetensorsSet set = SafetensorsSet.Open(folder.Path);

        Assert.Equal([1f], set.ReadSingles("x"));
        Assert.Equal(
            ContentHash.Sha256(File.ReadAllBytes(folder.File("model.safetensors"))),
            await SafetensorsSet.HashAsync(folder.Path, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("..\\a.safetensors")]
    [InlineData("c:a.safetensors")]
    [InlineData("/etc/passwd")]
    public void A_shard_outside_the_folder_is_refused(string shard)
    {
        using var folder = new TemporaryFolder();
        WriteIndex(folder, System.Text.Json.JsonSerializer.Serialize(new { weight_map = new { x = shard } }));

        var refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsSet.Open(folder.Path));

        Assert.Contains("is not the name of a .safetensors file in the same folder", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"absent":"a.safetensors"}}""", "no tensor 'absent'")]
    [InlineData("""{"weight_map":{"x":7}}""", "not well-formed")]
    [InlineData("""{"weight_map":{"x":"a.safetensors","x":"a.safetensors"}}""", "not well-formed")]
    [InlineData("""{"weight_map":[]}""", "lacks the object weight_map")]
    [InlineData("""[]""", "lacks the object weight_map")]
    public void An_index_that_disagrees_with_its_shards_is_refused(string index, string problem)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("a.safetensors"), [new TensorData("x", [1], new[] { 1f })]);
        WriteIndex(folder, index);

        var refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsSet.Open(folder.Path));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        WriteIndex(folder, """{"weight_map":{"x":"a.safetensors"}}""");

        var refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsSet.Open(folder.Path));

        Assert.Contains(
            "a.safetensors is missing, though model.safetensors.index.json says that it holds tensor 'x'", refusal.Message, StringComparison.Ordinal);
    }

    private static void WriteIndex(TemporaryFolder folder, string json) => File.WriteAllText(folder.File(SafetensorsSet.IndexName), json);
}
