using System.Text;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Tests.Files;

public sealed class ContentHashTests
{
    [Fact]
    public async Task The_hash_of_a_file_is_the_hash_of_its_bytes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("abc");
        await File.WriteAllBytesAsync(path, "abc"u8.ToArray(), TestContext.Current.CancellationToken);

        string hash = await ContentHash.Sha256Async(path, TestContext.Current.CancellationToken);

        // FIPS 180-4, example "abc".
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash);
        Assert.Equal(hash, ContentHash.Sha256(Encoding.ASCII.GetBytes("abc")));
    }
}
