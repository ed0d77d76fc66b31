using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Tests.Safetensors;

public sealed class MappedTensorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_tensor_is_read_where_it_lies()
    {
        using SafetensorsFile file = Open(type: TensorType.F32);

        ReadOnlyMemory<float> mapped = file.Map<float>("x")!.Value;

        Assert.Equal([1f, 2f, 3f], mapped.ToArray());
        Assert.True(mapped.Span.Overlaps(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes("x"))));
    }

    [Fact]
    public void A_tensor_that_is_not_aligned_to_its_elements_cannot_be_mapped()
    {
        // The header has 63 bytes, so the data begins at 71.
        string header = """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".PadRight(63);
        using SafetensorsFile file = SafetensorsFile.Open(RawSafetensors.Write(folder.File("odd.safetensors"), header, BitConverter.GetBytes(2.5f)));

        Assert.Null(file.Map<float>("x"));
        Assert.Equal([2.5f], file.ReadSingles("x"));
    }

    [Fact]
    public void The_hash_is_that_of_the_mapped_content_even_when_another_file_lies_there_by_now()
    {
        using SafetensorsFile file = Open(type: TensorType.BF16);
        string before = ContentHash.Sha256(File.ReadAllBytes(file.Path));

        AtomicFile.Write(file.Path, stream => stream.Write("something else"u8));

        Assert.Equal(before, file.Sha256());
        file.RequireUnchanged(); // what is mapped is what it was
        Assert.Equal([1f, 2f, 3f], file.ReadSingles("x"));
    }

    [Fact]
    public void A_deleted_file_can_be_read_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows does not delete a file that is mapped.");
        using SafetensorsFile file = Open(type: TensorType.F32);
        ReadOnlyMemory<float> mapped = file.Map<float>("x")!.Value;

        File.Delete(file.Path);

        Assert.Equal([1f, 2f, 3f], mapped.ToArray());
        file.RequireUnchanged();
    }

    [Fact]
    public void A_file_that_was_written_into_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system keeps writers out.");
        using SafetensorsFile file = Open(type: TensorType.F32);

        // Another program, which knows nothing of our lock, changes the last value.
        using (var writer = System.Diagnostics.Process.Start("sh", ["-c", "printf '\\000' >> \"$0\"; touch -d 2001-02-03 \"$0\"", file.Path]))
        {
            writer.WaitForExit();
        }

        string message = Assert.Throws<IOException>(file.RequireUnchanged).Message;
        Assert.Contains(file.Path, message, StringComparison.Ordinal);
        Assert.Contains("2001-02-03", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mapped_memory_is_refused_once_the_file_has_been_let_go()
    {
        SafetensorsFile file = Open(type: TensorType.F32);
        ReadOnlyMemory<float> mapped = file.Map<float>("x")!.Value;

        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => mapped.Span[0]);
    }

    [Fact]
    public async Task A_model_of_several_files_has_the_hash_of_its_folder_before_it_was_mapped()
    {
        Write("model-00001-of-00002.safetensors", "x", TensorType.F32);
        Write("model-00002-of-00002.safetensors", "y", TensorType.BF16);
        File.WriteAllText(
            folder.File(SafetensorsSet.IndexName), """{"weight_map":{"x":"model-00001-of-00002.safetensors","y":"model-00002-of-00002.safetensors"}}""");
        using SafetensorsSet set = SafetensorsSet.Open(folder.Path);

        Assert.Equal(await SafetensorsSet.HashAsync(folder.Path, TestContext.Current.CancellationToken), set.Sha256());
    }

    private SafetensorsFile Open(TensorType type) => SafetensorsFile.Open(Write("m.safetensors", "x", type));

    private string Write(string file, string tensor, TensorType type)
    {
        string path = folder.File(file);
        SafetensorsWriter.Write(path, [new TensorData(tensor, [3], new float[] { 1, 2, 3 }, type)]);
        return path;
    }
}
