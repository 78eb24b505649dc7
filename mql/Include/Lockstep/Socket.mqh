//--- The channel of MetaTrader 5: one TCP connection, TLS where the inputs ask for it. All lines of a
//--- timer pass go out in one send: a second small one would wait for the first one's answer.
#ifndef LOCKSTEP_CHANNEL_MQH
#define LOCKSTEP_CHANNEL_MQH

#include <Lockstep\Session.mqh>

#define LS_LINE_MAX 16384
#define LS_CONNECT_MS 2000
#define LS_READ_MAX 65536

int    g_lsSocket = INVALID_HANDLE;
bool   g_lsSecure = false;
uchar  g_lsIn[];
string g_lsInputHost = "";
int    g_lsInputPort = 0;
bool   g_lsInputTls = false;

void LsSetHub(const string host, const int port, const bool tls)
  {
   g_lsInputHost = host;
   g_lsInputPort = port;
   g_lsInputTls = tls;
  }

void LsHangUp()
  {
   if(g_lsSocket!=INVALID_HANDLE)
      SocketClose(g_lsSocket);
   g_lsSocket = INVALID_HANDLE;
   ArrayResize(g_lsIn, 0);
   g_lsUp = false;
   g_lsHangUp = false;
   if(g_lsPhase!=LS_PAUSED)
      g_lsPhase = LS_DOWN;
  }

bool LsSend(const string text)
  {
   uchar bytes[];
   LsBytes(text, bytes);
   int size = ArraySize(bytes);
   int sent = g_lsSecure ? SocketTlsSend(g_lsSocket, bytes, (uint)size) : SocketSend(g_lsSocket, bytes, (uint)size);
   if(sent==size)
      return true;
   LsComeBack(0, "The connection was lost");
   return false;
  }

string LsWhyNotConnected(const int error)
  {
   if(error==4014)
      return "Allow the hub's address: Tools, Options, Expert Advisors, allowed addresses";
   if(error==5274)
      return "The hub's certificate is not trusted here";
   return "The hub does not answer (error "+IntegerToString(error)+")";
  }

void LsConnect()
  {
   bool redirected = g_lsHost!="";
   string host = redirected ? g_lsHost : g_lsInputHost;
   int port = redirected ? g_lsPort : g_lsInputPort;
   g_lsSecure = redirected ? g_lsTls : g_lsInputTls;
   g_lsHost = "";
   g_lsSocket = SocketCreate();
   ResetLastError();
   bool up = g_lsSocket!=INVALID_HANDLE && SocketConnect(g_lsSocket, host, (uint)port, LS_CONNECT_MS)
             && (!g_lsSecure || SocketTlsHandshake(g_lsSocket, host));
   if(!up)
     {
      LsComeBack(0, LsWhyNotConnected(GetLastError()));
      return;
     }
   string hello = LsHello();
   if(hello!="")
      LsSend(hello+"\n");
  }

// Reads what is there; false where the connection has ended.
bool LsReceive()
  {
   uint waiting = SocketIsReadable(g_lsSocket);
   while(waiting>0)
     {
      uchar bytes[];
      uint most = waiting>LS_READ_MAX ? LS_READ_MAX : waiting;
      int size = g_lsSecure ? SocketTlsReadAvailable(g_lsSocket, bytes, LS_READ_MAX) : SocketRead(g_lsSocket, bytes, most, 10);
      if(size<=0)
         return g_lsSecure && SocketIsConnected(g_lsSocket);
      ArrayCopy(g_lsIn, bytes, ArraySize(g_lsIn), 0, size);
      if(ArraySize(g_lsIn)>64*LS_LINE_MAX)
         break;
      waiting = g_lsSecure ? 1 : SocketIsReadable(g_lsSocket);
     }
   return waiting>0 || SocketIsConnected(g_lsSocket);
  }

// Hears each whole line that has come; a line without an end must not grow beyond the limit.
void LsHearLines()
  {
   int from = 0, size = ArraySize(g_lsIn);
   for(int i=0; i<size && !g_lsHangUp; i++)
     {
      if(g_lsIn[i]!='\n')
         continue;
      string answer = LsHear(CharArrayToString(g_lsIn, from, i-from, CP_UTF8));
      from = i+1;
      if(answer!="")
         LsSend(answer+"\n");
     }
   if(size-from>LS_LINE_MAX)
      LsComeBack(5000, "The hub sent a line that is too long");
   uchar rest[];
   ArrayCopy(rest, g_lsIn, 0, from, size-from);
   ArrayResize(g_lsIn, 0);
   if(size>from)
      ArrayCopy(g_lsIn, rest);
  }

void LsChannelPass()
  {
   if(g_lsHangUp)
      LsHangUp();
   if(g_lsPhase==LS_PAUSED)
      return;
   if(g_lsSocket==INVALID_HANDLE)
     {
      if(LsCounterMs()>=g_lsRetryAt)
         LsConnect();
      return;
     }
   bool there = LsReceive();
   LsHearLines();
   if(!there && !g_lsHangUp)
      LsComeBack(0, "The connection was lost");
   else if(!g_lsHangUp && LsSilent())
      LsComeBack(0, "The hub is silent");
  }

// Sends what this pass has brought together.
void LsFlush()
  {
   int size = ArraySize(g_lsOut);
   if(size>0 && g_lsUp && g_lsSocket!=INVALID_HANDLE)
     {
      string text = "";
      for(int i=0; i<size; i++)
         text += g_lsOut[i]+"\n";
      ArrayResize(g_lsOut, 0);
      LsSend(text);
     }
   if(!g_lsUp)
      ArrayResize(g_lsOut, 0);
   if(g_lsHangUp)
      LsHangUp();
  }
#endif
