using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Where bodies are kept for others than this machine, such as a database. A <see cref="BlobStore"/> with an archive has a body when the archive
/// has it, and its folder holds copies to work with. Used by several threads.
/// </summary>
public interface IBodyArchive
{
    /// <summary>The claim of a body that is there in full; null if it is not.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    BlobClaim? Find(string sha256);

    /// <summary>Keeps a body, in place of what there may be under its name; it is safe when this returns.</summary>
    /// <param name="file">All of it, checked against its name.</param>
    /// <exception cref="IOException">Nothing of it was kept.</exception>
    void Put(BlobClaim claim, string file);

    /// <summary>Writes a body that is there.</summary>
    /// <exception cref="IOException">It was removed meanwhile, or cannot be read.</exception>
    void Read(string sha256, Stream target);

    /// <summary>Writes a body that is there into a file of its own, which nobody else may read, in place of what there may be.</summary>
    /// <returns>SHA-256 of what was written, lower-case hexadecimal: not the body's name where the archive is damaged.</returns>
    /// <exception cref="IOException">As <see cref="Read"/>, or the file cannot be written.</exception>
    string ReadInto(string sha256, string file)
    {
        using FileStream body = PrivateFolder.Open(file, FileMode.Create, FileAccess.ReadWrite);
        Read(sha256, body);
        body.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(body));
    }

    /// <summary>Removes a body that nobody needs any more; one that is not there is no error.</summary>
    /// <exception cref="IOException">It could not be removed.</exception>
    void Remove(string sha256);

    /// <summary>Removes all bodies.</summary>
    /// <exception cref="IOException">Not all could be removed.</exception>
    void RemoveAll()
    {
        foreach (string sha256 in Held())
        {
            Remove(sha256);
        }
    }

    /// <summary>Hashes of all bodies that are there.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    IReadOnlyCollection<string> Held();
}
