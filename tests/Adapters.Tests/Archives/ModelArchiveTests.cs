using System.Formats.Tar;
using System.Security.Cryptography;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Archives;

public sealed class ModelArchiveTests : IDisposable
{
    private static readonly string[] Packed = ["LICENSE.txt", "config.json", "model.safetensors", "vocab.txt"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_same_files_are_the_same_bytes_whenever_and_wherever_they_were_written()
    {
        string first = ModelFolder.Write(folder.File("first"));
        string second = ModelFolder.Write(folder.File("second"));
        File.Delete(Path.Combine(second, "run_me.py"));
        foreach (string file in Directory.GetFiles(second))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        string hash = await ModelArchive.Of(first).HashAsync(Stop);

        Assert.Equal(hash, await ModelArchive.Of(second).HashAsync(Stop));

        // Agents compare it: another form of archive would be another model to all of them.
        Assert.Equal("68f2172b0e4fdca0dd5c3ea07b3c818f091a99c936cc2d986f77a41ee66d8bc3", hash);
    }

    [Fact]
    public void Any_tar_program_reads_it_and_finds_the_files_of_the_model_only()
    {
        string source = ModelFolder.Write(folder.File("model"));
        using Stream archive = ModelArchive.Of(source).OpenRead();
        using var reader = new TarReader(archive);
        List<string> names = [];

        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, entry.Name)), content.ToArray());
            Assert.Equal((TarEntryType.RegularFile, 0, 0), (entry.EntryType, entry.Uid, entry.Gid));
        }

        Assert.Equal(Packed, names);
    }

    [Fact]
    public void Every_part_of_it_can_be_read_by_itself()
    {
        var archive = ModelArchive.Of(ModelFolder.Write(folder.File("model")));
        byte[] whole = new byte[archive.Size];
        archive.Read(0, whole);

        foreach (int length in new[] { 1, 7, 511, 512, 513, 2000 })
        {
            for (int at = 0; at + length <= whole.Length; at += 97)
            {
                byte[] part = new byte[length];
                archive.Read(at, part);
                Assert.True(whole.AsSpan(at, length).SequenceEqual(part), $"{length} bytes at {at}");
            }
        }

        using Stream stream = archive.OpenRead();
        Assert.Equal(SHA256.HashData(whole), SHA256.HashData(stream));
        Assert.Throws<ArgumentOutOfRangeException>(() => archive.Read(whole.Length - 1, new byte[2]));
    }

    [Fact]
    public void A_file_that_changes_afterwards_is_not_read_as_if_it_had_not()
    {
        string source = ModelFolder.Write(folder.File("model"));
        var archive = ModelArchive.Of(source);
        File.AppendAllText(Path.Combine(source, "vocab.txt"), "more");

        IOException changed = Assert.Throws<IOException>(() => archive.Read(0, new byte[archive.Size]));

        Assert.Contains("vocab.txt has changed", changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_go_with_their_index_and_a_missing_one_is_named()
    {
        string source = ModelFolder.Write(folder.File("model"));
        File.Move(Path.Combine(source, "model.safetensors"), Path.Combine(source, "model-1.safetensors"));
        File.WriteAllText(Path.Combine(source, "model.safetensors.index.json"), """{"weight_map": {"weight": "model-1.safetensors"}}""");

        Assert.Equal(
            ["LICENSE.txt", "config.json", "model-1.safetensors", "model.safetensors.index.json", "vocab.txt"],
            ModelArchive.Of(source).Files.Select(file => file.Name));

        File.Delete(Path.Combine(source, "model-1.safetensors"));
        Assert.Contains(
            "model-1.safetensors is missing", Assert.Throws<AdapterFormatException>(() => ModelArchive.Of(source)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", true)]
    [InlineData("model-00001-of-00002.safetensors", true)]
    [InlineData("README.md", true)]
    [InlineData("licence", true)]
    [InlineData("modeling.py", false)]
    [InlineData("../config.json", false)]
    [InlineData("sub/model.safetensors", false)]
    [InlineData("sub\\model.safetensors", false)]
    [InlineData("C:model.safetensors", false)]
    [InlineData(".safetensors", false)]
    [InlineData("README\n", false)]
    [InlineData("", false)]
    public void Only_files_of_models_are_allowed(string name, bool allowed) => Assert.Equal(allowed, ModelFiles.IsAllowed(name));
}
