using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Tests.Provenance;

public sealed class ProvenanceKeyTests : IDisposable
{
    private static readonly Guid Run = new("01980000-0000-7000-8000-000000000001");

    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder["state"], "provenance-key.pem");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_made_once_for_its_owner_alone()
    {
        PrivateFolder.Create(folder["state"]);
        ProvenanceKey made = ProvenanceKey.Load(File);
        ProvenanceKey again = ProvenanceKey.Load(File);

        Assert.Equal((made.KeyId, made.PublicPem), (again.KeyId, again.PublicPem));
        Assert.Equal(made.Sign([1, 2]), again.Sign([1, 2]));
        Assert.DoesNotContain("PRIVATE", made.PublicPem, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    /// <summary>Whoever knows all names of agents learns from an adapter no more than who does not: a plain hash could be tried out.</summary>
    [Fact]
    public void A_pseudonym_depends_on_key_run_and_agent()
    {
        PrivateFolder.Create(folder["state"]);
        ProvenanceKey key = ProvenanceKey.Load(File);
        ProvenanceKey other = ProvenanceKey.Load(Path.Combine(folder["state"], "other.pem"));
        string pump = key.Pseudonym(Run, "pump-1");

        Assert.Equal(pump, ProvenanceKey.Load(File).Pseudonym(Run, "pump-1"));
        string[] all = [pump, key.Pseudonym(Run, "pump-2"), key.Pseudonym(Guid.Empty, "pump-1"), other.Pseudonym(Run, "pump-1")];
        Assert.Equal(4, all.Distinct().Count());
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("pump-1")));
        Assert.DoesNotContain(pump["agent-".Length..], hash, StringComparison.Ordinal);
        Assert.Matches("^agent-[0-9a-f]{16}$", pump);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_that_holds_no_key_is_named_with_what_to_do(string content)
    {
        PrivateFolder.Create(folder["state"]);
        System.IO.File.WriteAllText(File, content);

        StateFolderException refused = Assert.Throws<StateFolderException>(() => ProvenanceKey.Load(File));

        Assert.StartsWith($"'{File}' holds no private RSA key in PEM", refused.Message, StringComparison.Ordinal);
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_short_key_is_refused()
    {
        PrivateFolder.Create(folder["state"]);
        using var weak = RSA.Create(1024);
        System.IO.File.WriteAllText(File, weak.ExportPkcs8PrivateKeyPem());

        Assert.Contains("it has 1024 bits", Assert.Throws<StateFolderException>(() => ProvenanceKey.Load(File)).Message, StringComparison.Ordinal);
    }
}
