using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Weights in several files, by an index, and by links.</summary>
public sealed class ShardedFolderTests : IDisposable
{
    private const string Query = HostileFolder.Query;

    private readonly HostileFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("..\\outside.safetensors")]
    [InlineData("/etc/hostname")]
    [InlineData("C:outside.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_that_names_a_file_outside_the_folder_is_refused(string shard)
    {
        string inner = Directory.CreateDirectory(folder.File("inner")).FullName;
        TinyBert.Write(inner);
        File.Move(Path.Combine(inner, "model.safetensors"), folder.File("outside.safetensors"));
        WriteIndex(inner, (Query, shard));

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(inner));

        Assert.Contains("is not the name of a .safetensors file in the same folder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_is_missing_is_named()
    {
        TinyBert.Write(folder.Path);
        File.Delete(folder.Weights);
        WriteIndex(folder.Path, (Query, "model-00001-of-00002.safetensors"));

        folder.Refused("model-00001-of-00002.safetensors is missing", Query);
    }

    [Fact]
    public void Shards_without_a_tensor_that_the_index_promises_are_refused()
    {
        TinyBert.Write(folder.Path);
        File.Move(folder.Weights, folder.File("a.safetensors"));
        WriteIndex(folder.Path, (Query, "a.safetensors"), ("bert.odd", "a.safetensors"));

        folder.Refused("a.safetensors", "no tensor 'bert.odd'");
    }

    [Fact]
    public void Shards_hold_the_same_model_as_one_file()
    {
        TinyBert.Write(folder.Path);
        float[] whole = Values(BaseModel.Load(folder.Path));
        TinyBert.Write(folder.Path, change: tensors =>
        {
            string[] names = [.. tensors.Keys];
            SafetensorsWriter.Write(folder.File("a.safetensors"), [.. names[..20].Select(name => tensors[name])]);
            SafetensorsWriter.Write(folder.File("b.safetensors"), [.. names[20..].Select(name => tensors[name])]);
            WriteIndex(folder.Path, [.. names.Select((name, i) => (name, i < 20 ? "a.safetensors" : "b.safetensors"))]);
        });
        File.Delete(folder.Weights);

        Assert.Equal(whole, Values(BaseModel.Load(folder.Path)));
    }

    [Fact]
    public void Links_are_followed_as_the_cache_of_Hugging_Face_is_made_of_them()
    {
        string inner = Directory.CreateDirectory(folder.File("inner")).FullName;
        TinyBert.Write(inner);
        File.Move(Path.Combine(inner, "model.safetensors"), folder.File("blob"));
        File.CreateSymbolicLink(Path.Combine(inner, "model.safetensors"), folder.File("blob"));

        Assert.NotNull(BaseModel.Load(inner));
    }

    private static float[] Values(BaseModel model) => [.. model.Network.Layout.Parameters.SelectMany(parameter => model.Weight(parameter).ToArray())];

    private static void WriteIndex(string folder, params (string Tensor, string Shard)[] entries) => File.WriteAllText(
        Path.Combine(folder, SafetensorsSet.IndexName),
        System.Text.Json.JsonSerializer.Serialize(new { weight_map = entries.ToDictionary(entry => entry.Tensor, entry => entry.Shard) }));
}
