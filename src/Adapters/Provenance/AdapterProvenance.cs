using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Provenance;

/// <summary>Where an adapter comes from, signed: an in-toto statement in a DSSE envelope, beside the files that it names by their hashes.</summary>
/// <remarks>The format is in <c>docs/decisions/provenance.md</c>.</remarks>
public static class AdapterProvenance
{
    private const string StatementName = PeftFolder.StatementName;

    /// <summary>The public key, PEM. Whose it is, the folder itself cannot tell.</summary>
    private const string KeyName = PeftFolder.StatementKeyName;

    /// <summary>Kind of what is said in the statement.</summary>
    public const string PredicateType = "urn:edgeflora:adapter-provenance:1";

    private const string PayloadType = "application/vnd.in-toto+json";
    private const string StatementType = "https://in-toto.io/Statement/v1";

    /// <summary>Of a run of 10,000 rounds and 10,000 agents, and some.</summary>
    private const long MaxStatementBytes = 64L << 20;

    private const long MaxKeyBytes = 16 << 10;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Both files.</summary>
    public static IReadOnlyList<string> FileNames { get; } = [StatementName, KeyName];

    /// <summary>Signs every file of a folder as it is now, and puts statement and key beside them. The same content gives the same files.</summary>
    /// <param name="predicate">What is said of them; <c>baseDeltaSha256</c> names the file of changes of the base beside the folder.</param>
    /// <param name="publicKey">An RSA key, PEM.</param>
    /// <param name="sign">RSA signature with SHA-256 and PKCS #1 v1.5 padding, which is the same for the same bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="publicKey"/> is no RSA key in PEM.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public static void Seal(string folder, JsonObject predicate, string publicKey, Func<byte[], byte[]> sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        AtomicFile.Write(Path.Combine(folder, KeyName), stream => stream.Write(Encoding.ASCII.GetBytes(publicKey)));
        var statement = new JsonObject
        {
            ["_type"] = StatementType,
            ["subject"] = new JsonArray(
            [
                .. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(name => name != StatementName)
                    .Order(StringComparer.Ordinal)
                    .Select(name => new JsonObject
                    {
                        ["name"] = name,
                        ["digest"] = new JsonObject { ["sha256"] = HashOf(Path.Combine(folder, name)) },
                    }),
            ]),
            ["predicateType"] = PredicateType,
            ["predicate"] = predicate,
        };
        byte[] payload = Encoding.UTF8.GetBytes(statement.ToJsonString(Plain));
        byte[] signature = sign(DsseEnvelope.Signed(PayloadType, payload));
        var envelope = new DsseEnvelope(PayloadType, payload, KeyIdOf(publicKey), signature);
        AtomicFile.Write(Path.Combine(folder, StatementName), stream => stream.Write(envelope.Write()));
    }

    /// <summary>Names a key: <c>sha256:</c> and the hash of its SubjectPublicKeyInfo.</summary>
    /// <exception cref="ArgumentException">It is no RSA key in PEM.</exception>
    public static string KeyIdOf(string publicKey)
    {
        using var key = RSA.Create();
        key.ImportFromPem(publicKey);
        return IdOf(key);
    }

    /// <summary>Checks signature and every file of a folder.</summary>
    /// <param name="trusted">The key that must have signed, PEM; null: the one that the folder brings, which shows no more than that nothing was
    /// changed by somebody who lacks it.</param>
    /// <exception cref="AdapterFormatException">Something is missing, was changed or added; the message names the file.</exception>
    /// <exception cref="IOException">A file is unreadable.</exception>
    public static ProvenanceReading Verify(string folder, string? trusted = null)
    {
        string statementFile = Path.Combine(folder, StatementName);
        if (!File.Exists(statementFile))
        {
            throw new AdapterFormatException($"{folder}: there is no {StatementName}, expected the folder of a signed adapter.");
        }

        string key = trusted ?? Encoding.ASCII.GetString(Read(folder, KeyName, MaxKeyBytes));
        DsseEnvelope envelope = Opened(statementFile, Read(folder, StatementName, MaxStatementBytes), key, isGiven: trusted is not null);
        Statement statement = Statement.Read(envelope.Payload, statementFile);
        foreach ((string name, string sha256) in statement.Files)
        {
            RequireSame(folder, name, sha256);
        }

        string? foreign = Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)
            .FirstOrDefault(name => name != StatementName && !statement.Files.ContainsKey(name));
        if (foreign is not null)
        {
            throw new AdapterFormatException($"{Path.Combine(folder, foreign)}: it was not there when the adapter was signed.");
        }

        if (statement.BaseDeltaSha256 is { } delta)
        {
            RequireSame(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!, PeftFolder.BaseDeltaName, delta);
        }

        return new ProvenanceReading(envelope.KeyId, [.. statement.Files.Keys], statement.Predicate);
    }

    private static DsseEnvelope Opened(string file, byte[] content, string publicKey, bool isGiven)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(publicKey);
        }
        catch (Exception none) when (none is ArgumentException or CryptographicException)
        {
            string place = isGiven ? "the key that was given" : Path.Combine(Path.GetDirectoryName(file)!, KeyName);
            throw new AdapterFormatException($"{place}: it is no public RSA key in PEM ({none.Message})", none);
        }

        DsseEnvelope envelope;
        try
        {
            envelope = DsseEnvelope.Read(content);
        }
        catch (FormatException wrong)
        {
            throw new AdapterFormatException($"{file}: {wrong.Message}.", wrong);
        }

        string id = IdOf(key);
        return envelope.KeyId != id
            ? throw new AdapterFormatException($"{file}: it names the key {envelope.KeyId}, and {(isGiven ? "the given one" : KeyName)} is {id}.")
            : envelope.PayloadType != PayloadType
            ? throw new AdapterFormatException($"{file}: its payload is '{envelope.PayloadType}', expected {PayloadType}.")
            : key.VerifyData(
                DsseEnvelope.Signed(envelope.PayloadType, envelope.Payload), envelope.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ? envelope
            : throw new AdapterFormatException($"{file}: the signature is not one of key {id} for this statement: it was changed.");
    }

    private static string IdOf(RSA key) => $"sha256:{ContentHash.Sha256(key.ExportSubjectPublicKeyInfo())}";

    private static void RequireSame(string folder, string name, string sha256)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            throw new AdapterFormatException($"{file}: it is missing, and belongs to the adapter as it was signed.");
        }

        if (HashOf(file) is var found && found != sha256)
        {
            throw new AdapterFormatException($"{file}: it was changed since it was signed: its SHA-256 is {found}, signed was {sha256}.");
        }
    }

    private static byte[] Read(string folder, string name, long most)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            throw new AdapterFormatException($"{file}: it is missing, and belongs to the adapter as it was signed.");
        }

        return new FileInfo(file).Length is var length && length > most
            ? throw new AdapterFormatException($"{file}: it has {length} bytes; at most {most} are read.")
            : File.ReadAllBytes(file);
    }

    private static string HashOf(string file)
    {
        using FileStream content = File.OpenRead(file);
        return ContentHash.Sha256(content);
    }

    /// <summary>What is signed.</summary>
    private sealed record Statement(IReadOnlyDictionary<string, string> Files, string? BaseDeltaSha256, JsonObject Predicate)
    {
        /// <exception cref="AdapterFormatException">It is of another kind, or names what is no file of the folder.</exception>
        public static Statement Read(byte[] payload, string file)
        {
            try
            {
                using var document = JsonDocument.Parse(payload);
                JsonElement root = document.RootElement;
                if (root.GetProperty("_type").GetString() != StatementType || root.GetProperty("predicateType").GetString() != PredicateType)
                {
                    throw new AdapterFormatException($"{file}: what is signed is no statement of kind {PredicateType}.");
                }

                var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
                foreach (JsonElement subject in root.GetProperty("subject").EnumerateArray())
                {
                    string name = subject.GetProperty("name").GetString() ?? "";
                    string sha256 = subject.GetProperty("digest").GetProperty("sha256").GetString() ?? "";
                    if (name is "" or "." or ".." || name.AsSpan().IndexOfAny('/', '\\') >= 0 || !files.TryAdd(name, sha256))
                    {
                        throw new AdapterFormatException($"{file}: it signs '{name}', which is no name of one file of the folder.");
                    }
                }

                JsonElement predicate = root.GetProperty("predicate");
                string? delta = predicate.TryGetProperty("baseDeltaSha256", out JsonElement sha) ? sha.GetString() : null;
                return new Statement(files, delta, JsonNode.Parse(predicate.GetRawText())!.AsObject());
            }
            catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new AdapterFormatException($"{file}: what is signed is no statement of an adapter's origin ({other.Message})", other);
            }
        }
    }
}
