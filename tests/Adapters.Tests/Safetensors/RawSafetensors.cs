using System.Buffers.Binary;
using System.Text;

namespace EdgeFlora.Adapters.Tests.Safetensors;

/// <summary>Files put together byte by byte, right or wrong, without the writer under test.</summary>
internal static class RawSafetensors
{
    public static byte[] Bytes(string header, byte[] data, long? claimedLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, claimedLength ?? json.Length);
        return [.. prefix, .. json, .. data];
    }

    public static string Write(string path, string header, byte[] data, long? claimedLength = null)
    {
        File.WriteAllBytes(path, Bytes(header, data, claimedLength));
        return path;
    }
}
