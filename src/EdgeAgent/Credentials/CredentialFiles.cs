using System.Text;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>
/// An enrolled agent's password in its state folder, and beside it the next one while it is being changed. From the moment at which the next one may
/// count at the broker until it is known to, both are here.
/// </summary>
internal sealed class CredentialFiles(string stateFolder, TimeProvider clock)
{
    private const string NextName = "broker.password.next";
    private const string LockName = "rotation.lock";

    /// <summary>How old the password is; less than zero if the clock was set back since.</summary>
    public TimeSpan Age => clock.GetUtcNow() - File.GetLastWriteTimeUtc(StoredEnrolment.PasswordFileIn(stateFolder));

    /// <summary>The file of the next password.</summary>
    public string NextFile { get; } = Path.Combine(stateFolder, NextName);

    /// <summary>Whether a password has been made that may be the one that counts.</summary>
    public bool HasNext => File.Exists(NextFile);

    /// <summary>Removes a next password, once another has been agreed upon.</summary>
    public static void ForgetNext(string stateFolder) => File.Delete(Path.Combine(stateFolder, NextName));

    /// <summary>The next password: one that an earlier attempt left, for it may count already, or a new one, which is on the disk then.</summary>
    public string Prepare()
    {
        if (!HasNext)
        {
            string made = PasswordHash.NewPassword();
            AtomicFile.Write(NextFile, stream => stream.Write(Encoding.ASCII.GetBytes(made + "\n")));
        }

        return File.ReadLines(NextFile).FirstOrDefault() is { Length: > 0 } next
            ? next
            : throw new InvalidDataException($"'{NextFile}' is empty; delete it");
    }

    /// <summary>Makes the next password the agent's.</summary>
    public void Adopt()
    {
        File.SetLastWriteTimeUtc(NextFile, clock.GetUtcNow().UtcDateTime);
        AtomicFile.Adopt(NextFile, StoredEnrolment.PasswordFileIn(stateFolder));
    }

    /// <summary>Takes the right to change the password, among the processes of this machine.</summary>
    /// <returns>Null: another has it.</returns>
    public IDisposable? TryTake()
    {
        string path = Path.Combine(stateFolder, LockName);
        try
        {
            return PrivateFolder.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken) when (File.Exists(path) && taken is not FileNotFoundException and not DirectoryNotFoundException)
        {
            return null;
        }
    }
}
