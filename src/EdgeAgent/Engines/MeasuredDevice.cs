using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>What was measured of this device, kept in an agent's state folder.</summary>
internal static class MeasuredDevice
{
    private const int Tokens = 64;

    /// <summary>What an earlier start measured with the same model, engine and settings; null: nothing.</summary>
    public static DeviceProfile? Known(ConfiguredAgent settings, IEngine engine, BaseModel model) => DeviceProfileFile.Read(
        FileOf(settings), DeviceProfile.KeyOf(engine, model, TokensOf(model), settings.Agent.Limits.Threads, LearnsToWrite(settings)));

    /// <summary>Measures and keeps it.</summary>
    /// <exception cref="EdgeFlora.Adapters.AdapterFormatException">The model has no layers of the usual names to adapt.</exception>
    public static DeviceProfile Measure(ConfiguredAgent settings, IEngine engine, BaseModel model, CancellationToken stop)
    {
        long room = MemoryCeiling.Now(settings.Agent.Limits.MemoryBytes).Bytes;
        DeviceProfile measured = DeviceProfile.Measure(
            engine, model, TokensOf(model), settings.Agent.Limits.Threads, LearnsToWrite(settings), stop, room);
        DeviceProfileFile.Write(FileOf(settings), measured);
        return measured;
    }

    private static string FileOf(ConfiguredAgent settings) => Path.Combine(settings.Agent.StateFolder, "device.json");

    private static int TokensOf(BaseModel model) => Math.Min(Tokens, model.MaxTokens);

    private static bool LearnsToWrite(ConfiguredAgent settings) => settings.Agent.Data[0].Task == DataSetTask.LanguageModel;
}
