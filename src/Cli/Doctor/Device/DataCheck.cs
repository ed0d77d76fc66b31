using EdgeFlora.EdgeAgent;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That the private data can be read. Nothing of it is told but how many files it is in.</summary>
internal sealed class DataCheck(DeviceContext device) : ICheck
{
    public string Name => "data";

    public string Deed => $"reads the data sets {string.Join(", ", device.Agent.Data.Select(set => $"'{set.Name}'"))}";

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            AgentInputs.Check(device.Agent);
            int files = device.Agent.Data.Sum(set => set.Files.Count + (set.HeldOutFile is null ? 0 : 1));
            return Task.FromResult(Finding.Ok($"{files} {(files == 1 ? "file" : "files")} can be used"));
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(Finding.Failed(damaged.Message.TrimEnd('.'), "mend the file at the line that is named, or leave the row out"));
        }
    }
}
