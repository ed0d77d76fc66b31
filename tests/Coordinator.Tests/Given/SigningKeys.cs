using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>One key for the coordinators of all tests: to find the primes of another takes longer than most of their runs.</summary>
internal static class SigningKeys
{
    private static readonly Lazy<string> Pem = new(() =>
    {
        using var key = RSA.Create(3072);
        return key.ExportPkcs8PrivateKeyPem();
    });

    /// <summary>Puts it where a coordinator with this state folder looks for its own, unless it has one.</summary>
    public static void Give(StoreOptions store)
    {
        if (!File.Exists(store.ProvenanceKeyFile))
        {
            // By its bodies a folder is known as a coordinator's.
            PrivateFolder.Create(store.BlobFolder);
            using FileStream file = PrivateFolder.Open(store.ProvenanceKeyFile, FileMode.CreateNew, FileAccess.Write);
            file.Write(Encoding.ASCII.GetBytes(Pem.Value));
        }
    }
}
