using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Learning.Torch;

/// <summary>Keeps the checkpoints of engines and devices apart: gradients differ in their last bits, so one must not go on where another stopped and claim to be the same training.</summary>
internal static class TorchIdentity
{
    /// <param name="task">Hash of model, plan and data.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(byte[] task, TorchDevice device) => SHA256.HashData([.. task, .. Encoding.UTF8.GetBytes($"torch|{device.Kind}|{device.Compute}")]);
}
