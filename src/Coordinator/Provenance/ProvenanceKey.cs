using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Provenance;

/// <summary>
/// The key with which a service signs adapters, and makes the pseudonyms of agents in them. Made where it is first needed; it stays with the state
/// folder and its backups.
/// </summary>
/// <remarks>
/// RSA with PKCS #1 v1.5 padding: a signature that is the same for the same bytes, so writing a run's output again changes nothing.
/// </remarks>
internal sealed class ProvenanceKey
{
    private const int Bits = 3072;
    private const int PseudonymBytes = 8;

    private readonly string pem;
    private readonly byte[] pseudonyms;

    private ProvenanceKey(string pem)
    {
        this.pem = pem;
        using RSA key = Import(pem);
        PublicPem = key.ExportSubjectPublicKeyInfoPem() + "\n";
        KeyId = AdapterProvenance.KeyIdOf(PublicPem);
        pseudonyms = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, key.ExportPkcs8PrivateKey(), SHA256.HashSizeInBytes, info: "edgeflora pseudonyms"u8.ToArray());
    }

    /// <summary>The public half: SubjectPublicKeyInfo, PEM.</summary>
    public string PublicPem { get; }

    /// <summary><c>sha256:</c> and the hash of it.</summary>
    public string KeyId { get; }

    /// <summary>Reads the key of a state folder, or makes it; only its owner may read the file.</summary>
    /// <param name="file">In a folder that is closed to other users.</param>
    /// <exception cref="StateFolderException">The file holds no RSA key of 2048 bits or more.</exception>
    public static ProvenanceKey Load(string file)
    {
        if (!File.Exists(file))
        {
            using var made = RSA.Create(Bits);
            byte[] text = Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n");
            AtomicFile.Write(file, stream => stream.Write(text));
        }

        try
        {
            return new ProvenanceKey(File.ReadAllText(file));
        }
        catch (Exception none) when (none is ArgumentException or CryptographicException)
        {
            throw new StateFolderException(
                $"'{file}' holds no private RSA key in PEM ({none.Message}); put the one of a backup there, or remove it: a new one is made then, "
                + "and adapters signed from then on are proved by that one.",
                none);
        }
    }

    public byte[] Sign(byte[] content)
    {
        using RSA key = Import(pem);
        return key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>What an agent is called in what a run publishes: the same in all its rounds, another in another run.</summary>
    public string Pseudonym(Guid run, string agent)
    {
        byte[] named = [.. run.ToByteArray(), .. Encoding.UTF8.GetBytes(agent)];
        return $"agent-{Convert.ToHexStringLower(HMACSHA256.HashData(pseudonyms, named)[..PseudonymBytes])}";
    }

    private static RSA Import(string pem)
    {
        var key = RSA.Create();
        key.ImportFromPem(pem);
        return key.KeySize >= 2048 ? key : throw new CryptographicException($"it has {key.KeySize} bits, fewer than 2048");
    }
}
