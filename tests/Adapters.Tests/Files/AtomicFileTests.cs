using System.Text;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Tests.Files;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.txt");
        File.WriteAllText(path, "old");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task The_hash_of_a_file_is_the_hash_of_its_bytes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("abc");
        AtomicFile.Write(path, stream => stream.Write("abc"u8));

        string hash = await ContentHash.Sha256Async(path, TestContext.Current.CancellationToken);

        // FIPS 180-4, example "abc".
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash);
        Assert.Equal(hash, ContentHash.Sha256(Encoding.ASCII.GetBytes("abc")));
    }
}
