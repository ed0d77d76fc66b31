using System.Formats.Tar;
using System.Text;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Archives;

/// <summary>Archives that somebody made who means no good, or whose disk was full.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_packed_comes_out_again_for_its_owner_alone()
    {
        string source = ModelFolder.Write(folder.File("model"));
        await UnpackAsync(Whole(source));

        Assert.Equal(
            ["LICENSE.txt", "config.json", "model.safetensors", "vocab.txt"],
            Directory.GetFiles(folder.File("target")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        foreach (string file in Directory.GetFiles(folder.File("target")))
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(source, Path.GetFileName(file)), Stop), await File.ReadAllBytesAsync(file, Stop));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    public static TheoryData<string, TarEntry> Foreign => new()
    {
        { "above", Entry("../config.json") },
        { "absolute", Entry("/etc/passwd") },
        { "folder", Entry("sub/config.json") },
        { "no model's", Entry("run_me.py") },
        { "another mode", Entry("config.json", change: entry => entry.Mode = UnixFileMode.UserExecute) },
        { "another time", Entry("config.json", change: entry => entry.ModificationTime = DateTimeOffset.UnixEpoch.AddDays(1)) },
        { "symbolic link", new UstarTarEntry(TarEntryType.SymbolicLink, "config.json") { LinkName = "/etc/passwd" } },
        { "hard link", new UstarTarEntry(TarEntryType.HardLink, "config.json") { LinkName = "vocab.txt" } },
        { "directory", new UstarTarEntry(TarEntryType.Directory, "config.json") },
        { "device", new UstarTarEntry(TarEntryType.CharacterDevice, "config.json") },
        { "extended", new PaxTarEntry(TarEntryType.RegularFile, "config.json", new Dictionary<string, string> { ["path"] = "../config.json" }) },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task Whatever_else_a_tar_can_hold_is_refused_and_nothing_leaves_the_folder(string kind, TarEntry entry)
    {
        AdapterFormatException refused = await Assert.ThrowsAsync<AdapterFormatException>(() => UnpackAsync(Tar(entry)));

        Assert.True(refused.Message.StartsWith("the ", StringComparison.Ordinal), $"{kind}: {refused.Message}");
        Assert.False(File.Exists(folder.File("config.json")));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("target")));
    }

    [Fact]
    public async Task A_file_that_is_there_twice_is_refused()
    {
        byte[] one = Plain("config.json", "{}");

        AdapterFormatException refused = await Assert.ThrowsAsync<AdapterFormatException>(() => UnpackAsync([.. one, .. one, .. new byte[1024]]));

        Assert.Equal("the archive holds 'config.json' twice, or not in the order of names", refused.Message);
    }

    [Fact]
    public async Task Names_that_differ_in_case_only_are_one_name_where_disks_do_not_tell_them_apart()
    {
        byte[] archive = [.. Plain("README", "a"), .. Plain("readme", "b"), .. new byte[1024]];

        Assert.Equal(
            "the archive holds 'readme' twice", (await Assert.ThrowsAsync<AdapterFormatException>(() => UnpackAsync(archive))).Message);
    }

    [Fact]
    public async Task An_archive_that_ends_early_is_refused_wherever_it_ends()
    {
        byte[] whole = Whole(ModelFolder.Write(folder.File("model")));

        for (int length = 0; length < whole.Length; length += 331)
        {
            await Assert.ThrowsAsync<AdapterFormatException>(() => UnpackAsync(whole[..length]));
        }
    }

    [Fact]
    public async Task An_archive_that_goes_on_after_its_end_is_refused() => Assert.Equal(
        "the archive goes on after its end",
        (await Assert.ThrowsAsync<AdapterFormatException>(
            () => UnpackAsync([.. Whole(ModelFolder.Write(folder.File("model"))), .. new byte[512]]))).Message);

    [Fact]
    public async Task Files_of_more_bytes_than_there_may_be_are_refused_before_they_are_written()
    {
        byte[] header = Plain("config.json", "{}")[..512];
        Encoding.ASCII.GetBytes("77777777777").CopyTo(header, 124);
        Sum(header);

        AdapterFormatException refused = await Assert.ThrowsAsync<AdapterFormatException>(() => UnpackAsync([.. header, .. new byte[2048]]));

        Assert.Equal("with 'config.json' (8589934591 bytes) the archive holds more than 2560 bytes", refused.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("target")));
    }

    private async Task UnpackAsync(byte[] archive)
    {
        string target = folder.File("target");
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.CreateDirectory(target);
        await ModelArchiveReader.UnpackAsync(new MemoryStream(archive), target, Stop);
    }

    private static byte[] Whole(string source)
    {
        var archive = ModelArchive.Of(source);
        byte[] whole = new byte[archive.Size];
        archive.Read(0, whole);
        return whole;
    }

    /// <summary>One file in the right form, without the end of an archive.</summary>
    private byte[] Plain(string name, string content)
    {
        string source = ModelFolder.Write(folder.File(Path.GetRandomFileName()));
        File.WriteAllText(Path.Combine(source, "README"), content);
        byte[] whole = Whole(source);
        int at = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes("README\0"));
        byte[] file = whole[at..(at + 1024)];
        Array.Clear(file, 0, 100);
        Encoding.ASCII.GetBytes(name).CopyTo(file, 0);
        Sum(file);
        return file;
    }

    private static void Sum(byte[] header)
    {
        Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
        Encoding.ASCII.GetBytes(Convert.ToString(header.Take(512).Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
    }

    private static UstarTarEntry Entry(string name, Action<UstarTarEntry>? change = null)
    {
        var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream("{}"u8.ToArray()),
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            ModificationTime = DateTimeOffset.UnixEpoch,
        };
        change?.Invoke(entry);
        return entry;
    }

    private static byte[] Tar(TarEntry entry)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, leaveOpen: true))
        {
            writer.WriteEntry(entry);
        }

        return bytes.ToArray();
    }
}
