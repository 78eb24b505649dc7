//--- The channel of MetaTrader 4, which has no sockets: one POST a timer pass, events up and
//--- instructions down. A post whose answer did not come is sent again unchanged.
#ifndef LOCKSTEP_CHANNEL_MQH
#define LOCKSTEP_CHANNEL_MQH

#include <Lockstep\Session.mqh>

#define LS_POST_MS 1000
#define LS_BODY_MAX 200000
#define LS_LOST_MAX 20

string g_lsInputUrl = "";
string g_lsUrl = "";         // where the session is: the input's, or where the hub sent us
string g_lsBody = "";        // a post that was not answered yet
long   g_lsReq = 0;
long   g_lsPostHub = 0;      // the hub's clock in the last post
int    g_lsLost = 0;
string g_lsReplyHead = "";   // the first line of the last answer, and the hash of what followed it
string g_lsReplyRest = "";
string g_lsReplyHash = "";

string LsUrlOf(const string host, const int port, const bool tls)
  {
   bool usual = port==(tls ? 443 : 80);
   return (tls ? "https://" : "http://")+host+(usual ? "" : ":"+IntegerToString(port))+"/v1/terminal";
  }

void LsSetHub(const string host, const int port, const bool tls)
  {
   g_lsInputUrl = LsUrlOf(host, port, tls);
   g_lsUrl = g_lsInputUrl;
  }

void LsHangUp()
  {
   g_lsBody = "";
   g_lsReq = 0;
   g_lsLost = 0;
   g_lsUp = false;
   g_lsHangUp = false;
   if(g_lsPhase!=LS_PAUSED)
      g_lsPhase = LS_DOWN;
  }

// Splits an answer behind its first line; the hash is over the very bytes.
void LsSplitReply(const uchar &bytes[])
  {
   int size = ArraySize(bytes), end = 0;
   while(end<size && bytes[end]!='\n')
      end++;
   g_lsReplyHead = CharArrayToString(bytes, 0, end, CP_UTF8);
   g_lsReplyRest = end+1<size ? CharArrayToString(bytes, end+1, size-end-1, CP_UTF8) : "";
   uchar rest[], digest[];
   ArrayResize(rest, 0);
   if(end+1<size)
      ArrayCopy(rest, bytes, 0, end+1, size-end-1);
   LsSha256(rest, digest);
   g_lsReplyHash = LsHex(digest);
  }

// Posts a body; false where no answer came.
bool LsPost(const string body)
  {
   uchar bytes[];
   char data[], result[];
   string headers = "";
   LsBytes(body, bytes);
   int size = ArraySize(bytes);
   ArrayResize(data, size);
   for(int i=0; i<size; i++)
      data[i] = (char)bytes[i];
   ResetLastError();
   int status = WebRequest("POST", g_lsUrl, "Content-Type: application/x-ndjson\r\n", LS_POST_MS, data, result, headers);
   if(status!=200)
     {
      int error = GetLastError();
      if(status>0)
         g_lsWords = "The hub answers HTTP "+IntegerToString(status);
      else if(error==4060)
         g_lsWords = "Allow the hub's address: Tools, Options, Expert Advisors, allow WebRequest";
      else
         g_lsWords = "The hub does not answer (error "+IntegerToString(error)+")";
      return false;
     }
   size = ArraySize(result);
   ArrayResize(bytes, size);
   for(int i=0; i<size; i++)
      bytes[i] = (uchar)result[i];
   LsSplitReply(bytes);
   return true;
  }

string LsPostLine(const string mac)
  {
   string line = LsBegin("post");
   LsAddText(line, "session", g_lsSession);
   LsAddInteger(line, "req", g_lsReq);
   LsAddInteger(line, "hub", g_lsPostHub);
   LsAddText(line, "mac", mac);
   return line+"}\n";
  }

// Hello, challenge, proof and welcome: two posts of one pass.
void LsBeginHttp()
  {
   g_lsUrl = g_lsHost!="" ? LsUrlOf(g_lsHost, g_lsPort, g_lsTls) : g_lsInputUrl;
   g_lsHost = "";
   string hello = LsHello();
   if(hello=="")
      return;
   if(!LsPost(hello+"\n"))
     {
      LsComeBack(0, g_lsWords);
      return;
     }
   string proof = LsHear(g_lsReplyHead);
   if(proof=="" || g_lsPhase!=LS_PROOF)
      return;
   g_lsReq = 0;
   g_lsPostHub = LsHubNowMs();
   if(!LsPost(LsPostLine("")+proof+"\n"))
     {
      LsComeBack(0, g_lsWords);
      return;
     }
   LsHear(g_lsReplyHead);
  }

// Puts what waits into the next body, as much as it may hold.
void LsMakeBody()
  {
   string rest = "";
   int size = ArraySize(g_lsOut), taken = 0;
   while(taken<size && StringLen(rest)<LS_BODY_MAX)
     {
      rest += g_lsOut[taken]+"\n";
      taken++;
     }
   for(int i=taken; i<size; i++)
      g_lsOut[i-taken] = g_lsOut[i];
   ArrayResize(g_lsOut, size-taken);
   g_lsReq++;
   g_lsPostHub = LsHubNowMs();
   string said = g_lsSession+"\n"+IntegerToString(g_lsReq)+"\n"+IntegerToString(g_lsPostHub)+"\n"+LsSha256Hex(rest);
   g_lsBody = LsPostLine(LsMac(g_lsSessionKey, "lockstep-1 post\n"+said))+rest;
  }

// Whether the answer is the hub's, to this post.
bool LsReplyProven(const LsFields &f)
  {
   string said = g_lsSession+"\n"+LsText(f, "req")+"\n"+LsText(f, "hub")+"\n"+g_lsReplyHash;
   return LsText(f, "t")=="reply" && LsInteger(f, "req")==g_lsReq
          && LsText(f, "mac")==LsMac(g_lsSessionKey, "lockstep-1 reply\n"+said);
  }

void LsHearReply()
  {
   LsFields f;
   string lines[];
   if(!LsParse(g_lsReplyHead, f))
      return;
   if(LsText(f, "t")=="refused" || LsText(f, "t")=="redirect")
     {
      LsHear(g_lsReplyHead);
      return;
     }
   if(!LsReplyProven(f))
      return;
   g_lsBody = "";
   g_lsLost = 0;
   g_lsHeardAt = LsCounterMs();
   LsHearHubClock(LsInteger(f, "hub"));
   int count = StringSplit(g_lsReplyRest, '\n', lines);
   for(int i=0; i<count && !g_lsHangUp; i++)
      if(lines[i]!="")
         LsHear(lines[i]);
  }

void LsChannelPass()
  {
   if(g_lsHangUp)
      LsHangUp();
   if(g_lsPhase==LS_PAUSED)
      return;
   if(g_lsPhase!=LS_READY && LsCounterMs()>=g_lsRetryAt)
      LsBeginHttp();
  }

// Posts what this pass has brought together, or the last post again.
void LsFlush()
  {
   if(g_lsUp)
     {
      if(g_lsBody=="")
         LsMakeBody();
      if(LsPost(g_lsBody))
         LsHearReply();
      if(g_lsBody!="" && !g_lsHangUp)
         g_lsLost++;
      if(g_lsLost>LS_LOST_MAX)
         LsComeBack(0, "The hub does not answer");
     }
   if(!g_lsUp)
      ArrayResize(g_lsOut, 0);
   if(g_lsHangUp)
      LsHangUp();
  }
#endif
