using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That every base model can be read, and the first one tuned for what the agent is set to.</summary>
internal sealed class ModelCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "models";

    public string Name => CheckName;

    public string Deed => $"loads {string.Join(", ", device.Agent.Models.Select(model => model.Folder))}";

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        var found = new List<string>();
        foreach (ModelOptions named in device.Agent.Models)
        {
            stop.ThrowIfCancellationRequested();
            BaseModel model;
            try
            {
                model = BaseModel.Load(named.Folder, device.Settings.Storage);
                AgentInputs.CheckModel(device.Agent, model);
            }
            catch (Exception wrong) when (wrong is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                return Task.FromResult(Finding.Failed(
                    $"model '{named.Name}' in {named.Folder} cannot be used: {wrong.Message.TrimEnd('.')}",
                    "give a folder with config.json, model.safetensors and the tokenizer, as Transformers saves them"));
            }

            device.Model ??= model;
            found.Add($"{named.Name} ({model.Sha256[..12]})");
        }

        return Task.FromResult(Finding.Ok(string.Join(", ", found)));
    }
}
