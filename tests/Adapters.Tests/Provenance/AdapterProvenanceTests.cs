using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Provenance;

public sealed class AdapterProvenanceTests : IDisposable
{
    private readonly TemporaryFolder root = new();
    private readonly RSA key = RSA.Create(2048);

    private string Folder => root.File("adapter");

    private string PublicKey => key.ExportSubjectPublicKeyInfoPem();

    public void Dispose()
    {
        root.Dispose();
        key.Dispose();
    }

    [Fact]
    public void A_sealed_adapter_is_verified_says_where_it_comes_from_and_reads_as_before()
    {
        Seal(new JsonObject { ["run"] = "r1" });

        ProvenanceReading reading = AdapterProvenance.Verify(Folder, PublicKey);

        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "provenance.pem"], reading.Files);
        Assert.Equal(AdapterProvenance.KeyIdOf(PublicKey), reading.KeyId);
        Assert.Equal("""{"run":"r1"}""", reading.Predicate.ToJsonString());
        SampleAdapter.AssertSameBits(SampleAdapter.Create(seed: 1), PeftFolder.Read(Folder));
        PeftFolder.Write(Folder, SampleAdapter.Create(seed: 2), "b", "SEQ_CLS");
        Assert.False(File.Exists(Path.Combine(Folder, "provenance.intoto.json")));
    }

    [Fact]
    public void The_same_content_is_sealed_to_the_same_bytes()
    {
        Seal([]);
        byte[] first = File.ReadAllBytes(Path.Combine(Folder, "provenance.intoto.json"));

        Seal([]);

        Assert.Equal(first, File.ReadAllBytes(Path.Combine(Folder, "provenance.intoto.json")));
    }

    [Theory]
    [InlineData("adapter_config.json", true)]
    [InlineData("adapter_model.safetensors", true)]
    [InlineData("provenance.intoto.json", true)]
    [InlineData("provenance.pem", true)]
    [InlineData("adapter_config.json", false)]
    [InlineData("adapter_model.safetensors", false)]
    [InlineData("provenance.intoto.json", false)]
    [InlineData("provenance.pem", false)]
    public void One_flipped_bit_anywhere_is_refused_with_the_name_of_the_file(string name, bool isKeyGiven)
    {
        Seal(new JsonObject { ["run"] = "r1" });
        string file = Path.Combine(Folder, name);
        byte[] whole = File.ReadAllBytes(file);
        for (int at = 0; at < whole.Length; at += 1 + (whole.Length / 150))
        {
            byte[] changed = [.. whole];
            changed[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(file, changed);

            AdapterFormatException refused = Assert.Throws<AdapterFormatException>(
                () => AdapterProvenance.Verify(Folder, isKeyGiven ? PublicKey : null));
            Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(file, whole);
        AdapterProvenance.Verify(Folder);
    }

    [Theory]
    [InlineData("\\u002B", "\\u002b")]
    [InlineData("\\u002B", "+")]
    [InlineData("{", "{ ")]
    public void Other_bytes_for_the_same_envelope_are_refused(string written, string otherwise)
    {
        Seal([]);
        string file = Path.Combine(Folder, "provenance.intoto.json");
        string whole = File.ReadAllText(file);
        int at = whole.IndexOf(written, StringComparison.Ordinal);
        File.WriteAllText(file, $"{whole[..at]}{otherwise}{whole[(at + written.Length)..]}");

        Assert.Contains("not in the bytes that EdgeFlora writes", Refusal(PublicKey), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_is_refused_and_so_is_its_seal_where_the_right_one_is_asked_for()
    {
        Seal([]);
        using var other = RSA.Create(2048);

        Assert.Contains("it names the key", Refusal(other.ExportSubjectPublicKeyInfoPem()), StringComparison.Ordinal);
        Assert.Contains("the key that was given: it is no public RSA key", Refusal("no key"), StringComparison.Ordinal);

        // Whoever changes files can sign them anew, with another key: only who knows the right one sees that.
        File.WriteAllText(Path.Combine(Folder, "adapter_config.json"), "{}");
        AdapterProvenance.Seal(Folder, [], other.ExportSubjectPublicKeyInfoPem(), content => Sign(other, content));
        AdapterProvenance.Verify(Folder);
        Assert.Contains("it names the key", Refusal(PublicKey), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_one_that_was_added_are_named()
    {
        Seal([]);
        string added = Path.Combine(Folder, "adapter_model.bin");
        File.WriteAllText(added, "pickle");
        Assert.Equal($"{added}: it was not there when the adapter was signed.", Refusal(PublicKey));
        File.Delete(added);

        string config = Path.Combine(Folder, "adapter_config.json");
        File.Delete(config);
        Assert.Equal($"{config}: it is missing, and belongs to the adapter as it was signed.", Refusal(PublicKey));

        File.Delete(Path.Combine(Folder, "provenance.intoto.json"));
        Assert.Contains("there is no provenance.intoto.json", Refusal(PublicKey), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_folded_into_the_base_belongs_to_it()
    {
        string delta = root.File("base_delta.safetensors");
        File.WriteAllText(delta, "folded");
        Seal(new JsonObject { ["baseDeltaSha256"] = Convert.ToHexStringLower(SHA256.HashData("folded"u8)) });
        AdapterProvenance.Verify(Folder, PublicKey);

        File.WriteAllText(delta, "Folded");

        Assert.StartsWith($"{delta}: it was changed since it was signed", Refusal(PublicKey), StringComparison.Ordinal);
    }

    /// <summary>A file that lies elsewhere is none of the folder's, whoever signed that.</summary>
    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    public void A_statement_reaches_no_other_folder(string name)
    {
        Seal([]);
        byte[] payload = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["_type"] = "https://in-toto.io/Statement/v1",
            ["subject"] = new JsonArray(new JsonObject { ["name"] = name, ["digest"] = new JsonObject { ["sha256"] = "00" } }),
            ["predicateType"] = AdapterProvenance.PredicateType,
            ["predicate"] = new JsonObject(),
        }.ToJsonString());
        Replace("application/vnd.in-toto+json", payload);

        Assert.Contains($"it signs '{name}', which is no name of one file of the folder", Refusal(PublicKey), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", "{}", "its payload is 'text/plain'")]
    [InlineData("application/vnd.in-toto+json", "{}", "no statement of an adapter's origin")]
    [InlineData("application/vnd.in-toto+json", "[1]", "no statement of an adapter's origin")]
    [InlineData("application/vnd.in-toto+json", "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\"}", "no statement of kind")]
    public void Another_signed_text_is_no_origin(string type, string payload, string sentence)
    {
        Seal([]);
        Replace(type, Encoding.UTF8.GetBytes(payload));

        Assert.Contains(sentence, Refusal(PublicKey), StringComparison.Ordinal);
    }

    private void Seal(JsonObject predicate)
    {
        PeftFolder.Write(Folder, SampleAdapter.Create(seed: 1), "some/base", "SEQ_CLS");
        AdapterProvenance.Seal(Folder, predicate, PublicKey, content => Sign(key, content));
    }

    private void Replace(string type, byte[] payload) => File.WriteAllBytes(
        Path.Combine(Folder, "provenance.intoto.json"),
        new DsseEnvelope(type, payload, AdapterProvenance.KeyIdOf(PublicKey), Sign(key, DsseEnvelope.Signed(type, payload))).Write());

    private string Refusal(string trusted) => Assert.Throws<AdapterFormatException>(() => AdapterProvenance.Verify(Folder, trusted)).Message;

    private static byte[] Sign(RSA key, byte[] content) => key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
