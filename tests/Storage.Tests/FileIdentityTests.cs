namespace EdgeFlora.Storage.Tests;

public sealed class FileIdentityTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-identity-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_keeps_its_identity_and_no_copy_has_it()
    {
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "one");
        string made = FileIdentity.Of(file);
        File.AppendAllText(file, "two");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        string moved = Path.Combine(folder, "moved");
        File.Move(file, moved);
        File.Copy(moved, file);

        Assert.Equal(made, FileIdentity.Of(moved));
        Assert.NotEqual(made, FileIdentity.Of(file));
    }

    /// <summary>A folder that is removed gives its inodes to the one that is put in its place.</summary>
    [Fact]
    public void A_copy_that_takes_the_place_of_the_file_is_another()
    {
        string file = Path.Combine(folder, "file");
        string kept = Path.Combine(folder, "kept");
        File.WriteAllText(file, "one");
        string made = FileIdentity.Of(file);
        File.Copy(file, kept);
        File.Delete(file);
        File.Copy(kept, file);

        Assert.NotEqual(made, FileIdentity.Of(file));
    }

    [Fact]
    public void What_is_not_there_has_none() => Assert.Throws<FileNotFoundException>(() => FileIdentity.Of(Path.Combine(folder, "absent")));
}
