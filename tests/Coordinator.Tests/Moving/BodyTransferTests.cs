using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Moving;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Moving;

/// <summary>One place comes to hold what another holds.</summary>
public sealed class BodyTransferTests : IDisposable
{
    private static readonly Guid First = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
    private static readonly Guid Second = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private readonly TemporaryFolder folder = new();
    private readonly MemoryPlace from = new();
    private readonly MemoryPlace to = new();
    private readonly List<string> told = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        folder.Dispose();
        from.Dispose();
        to.Dispose();
    }

    [Fact]
    public void What_is_missing_is_copied_and_what_is_needless_goes()
    {
        string kept = Add(from, First, [1]);
        Add(to, First, [1]);
        string missing = Add(from, First, [2, 2]);
        string other = Add(from, Second, [3, 3, 3]);
        Add(to, First, [4]);
        Add(to, Guid.NewGuid(), [5]);

        BodyTransfer transfer = New();
        transfer.Copy(Stop);

        Assert.Equal([missing, other], to.Put);
        Assert.Equal((2, 5L), (transfer.Copied, transfer.Bytes));
        Assert.Equal([First, Second], to.Runs().Order());
        Assert.Equal(new[] { kept, missing }.Order(), to.Of(First).Held().Order());
        Assert.Equal(3, transfer.Check(Stop));
        Assert.Equal(
            [
                $"run 1 of 2 ({First}): 1 bodies to copy, 1 are there already", $"run 2 of 2 ({Second}): 1 bodies to copy, 0 are there already",
                $"run 1 of 2 ({First}): 2 bodies are read back", $"run 2 of 2 ({Second}): 1 bodies are read back",
            ],
            told);
        Assert.Empty(Directory.EnumerateFiles(folder["scratch"]));
    }

    [Fact]
    public void A_body_that_is_damaged_where_it_is_is_not_copied()
    {
        string whole = Add(from, First, [1]);
        BlobClaim claim = Claim([2]);
        from.Add(Second, claim, [3]);

        string refusal = Assert.Throws<StateFolderException>(() => New().Copy(Stop)).Message;

        Assert.StartsWith($"The body {claim.Sha256} of run {Second} is damaged where it is: it has SHA-256", refusal, StringComparison.Ordinal);
        Assert.Equal([whole], to.Put);
    }

    [Fact]
    public void A_copy_that_is_damaged_is_found_and_made_again()
    {
        string body = Add(from, First, [1]);
        to.Writes = static _ => [9];
        BodyTransfer transfer = New();
        transfer.Copy(Stop);

        string refusal = Assert.Throws<StateFolderException>(() => transfer.Check(Stop)).Message;
        to.Writes = static content => content;
        transfer.Copy(Stop);

        Assert.StartsWith($"The copy of the body {body} of run {First} has SHA-256", refusal, StringComparison.Ordinal);
        Assert.Equal([body, body], to.Put);
        Assert.Equal(1, transfer.Check(Stop));
    }

    private BodyTransfer New()
    {
        Directory.CreateDirectory(folder["scratch"]);
        return new BodyTransfer(from, to, folder["scratch"], told.Add);
    }

    private static string Add(MemoryPlace place, Guid run, byte[] content)
    {
        BlobClaim claim = Claim(content);
        place.Add(run, claim, content);
        return claim.Sha256;
    }

    private static BlobClaim Claim(byte[] content) =>
        new() { Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)), Size = content.Length, ChunkSize = 1000, Codec = "int8" };
}
